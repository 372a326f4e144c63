// What tests/measure recorded on real cards, confronted with the tool: every file of tests/data/measured, which holds
// an array with one record a line. Each record carries the request; beside it what the allocator and the driver said:
// allocated, reserved and device memory, the peak of each phase, cuBLAS's workspace (allocated, and no tensor).

#include <dirent.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/core/catch.h"
#include "tests/truth/errors.h"
#include "tests/truth/records.h"

using namespace tensorledger;

namespace {

std::vector<std::string> measured_files() {
    std::vector<std::string> files;
    DIR* folder = opendir(test_data("measured").c_str());
    if (folder == nullptr) return files;
    while (const dirent* entry = readdir(folder)) {
        const std::string name = entry->d_name;
        if (name.size() > 5 && name.substr(name.size() - 5) == ".json") files.push_back(name);
    }
    closedir(folder);
    std::sort(files.begin(), files.end());
    return files;
}

struct Tally {
    int compared = 0;
    int refused = 0;
    int out_of_memory = 0;
};

void compare(const std::string& meter, JsonValue record, Bytes computed) {
    const std::int64_t measured = integer(record, meter);
    if (measured <= 0) return;
    record_published({.set = "measured on a card: " + meter,
                      .id = text_of(record, "id"),
                      .printed = std::to_string(measured) + " B",
                      .assumed = {},
                      .measured = measured,
                      .computed = computed.count()});
}

void confront(const std::string& line, JsonValue record, NetworkCache& networks, Tally& tally) {
    INFO(text_of(record, "id"));
    const Answer answer = answer_to(line, networks);
    if (!answer.ok) {
        INFO(answer.issues.front().message);
        CHECK(is_not_described(answer.issues.front()));
        ++tally.refused;
        return;
    }
    if (record.find("oom").as_boolean().value_or(false)) {
        CHECK(answer.totals.device.count() > integer(record.find("versions"), "card_bytes"));
        ++tally.out_of_memory;
        return;
    }
    compare("allocated", record, answer.totals.allocated);
    compare("reserved", record, answer.totals.reserved);
    compare("device", record, answer.totals.device);
    for (const PhaseSummary& phase : answer.phases) {
        const std::int64_t peak = integer(record.find("phases").find(phase.name), "peak");
        if (peak > 0)
            record_error("measured on a card: peak of each phase", peak, phase.peak.count());
    }
    ++tally.compared;
}

}  // namespace

TEST_CASE("What was measured on cards is confronted, and nothing fits that ran out of memory",
          "[truth]") {
    NetworkCache networks;
    Tally tally;
    const std::vector<std::string> files = measured_files();
    for (const std::string& file : files) {
        std::string text = read_test_data("measured/" + file);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            std::string line = text.substr(at, end - at);
            at = end + 1;
            if (line.empty() || line.front() != '{') continue;
            if (line.back() == ',') line.pop_back();
            const JsonDocument document = JsonDocument::parse(line);
            REQUIRE(document.ok());
            confront(line, document.root(), networks, tally);
        }
    }
    WARN(files.size() << " files of measurements: " << tally.compared << " runs compared, "
                      << tally.out_of_memory << " out of memory as said, " << tally.refused
                      << " not described yet");
}
