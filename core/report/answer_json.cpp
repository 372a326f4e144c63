// The answer as JSON, in the names and the order of DESIGN §3.

#include <algorithm>

#include "core/formats/json.h"
#include "core/report/estimate.h"

namespace tensorledger {

namespace {

class Printer {
public:
    JsonWriter json;

    // Not inlined: each is called some fifty times.
    void bytes(const char* key, Bytes value);
    void text(const char* key, const std::string& value);
    void text(const char* key, std::string_view value);
    void integer(const char* key, std::int64_t value);

    void issues(const Issues& issues) {
        json.key("issues").begin_array();
        for (const Issue& issue : issues) {
            json.begin_object();
            text("field", issue.field);
            text("code", issue.code);
            text("message", issue.message);
            json.end_object();
        }
        json.end_array();
    }

    void notes(const Notes& notes) {
        json.key("notes").begin_array();
        for (const Note& note : notes) {
            json.begin_object();
            text("code", note.code);
            text("message", note.message);
            json.end_object();
        }
        json.end_array();
    }

    void rows(const char* key, const std::vector<Row>& all) {
        json.key(key).begin_array();
        for (const Row& row : all) {
            json.begin_object();
            text("name", row.name);
            text("group", name(row.group));
            bytes("bytes", row.bytes);
            integer("count", row.count);
            text("shape", row.shape);
            text("dtype", row.dtype);
            text("alive", row.alive);
            text("formula", row.formula);
            text("source", row.source);
            text("note", row.note);
            json.end_object();
        }
        json.end_array();
    }

    /// All kinds of layer together, then each by itself.
    void cache(const std::vector<CacheRow>& kinds) {
        CacheRow all;
        for (const CacheRow& kind : kinds) {
            all.per_token += kind.window == 0 ? kind.per_token : Bytes(0);
            all.capped += kind.capped;
            all.state += kind.state;
            all.bytes += kind.bytes;
        }
        json.key("cache").begin_object();
        cache_bytes(all);
        json.key("kinds").begin_array();
        for (const CacheRow& kind : kinds) {
            json.begin_object();
            text("kind", kind.kind);
            text("holds", kind.holds);
            integer("layers", kind.layers);
            integer("key_elements", kind.key_elements);
            integer("value_elements", kind.value_elements);
            text("key_dtype", kind.key_dtype);
            text("value_dtype", kind.value_dtype);
            integer("window", kind.window);
            integer("tokens", kind.tokens);
            cache_bytes(kind);
            text("source", kind.source);
            json.end_object();
        }
        json.end_array();
        json.end_object();
    }

    void cache_bytes(const CacheRow& row) {
        bytes("per_token", row.per_token);
        bytes("capped", row.capped);
        bytes("state", row.state);
        bytes("bytes", row.bytes);
    }

    void parts(const GroupBytes& parts) {
        json.key("parts").begin_array();
        for (const Bytes part : parts) {
            json.integer(part.count());
        }
        json.end_array();
    }

    void totals(const Answer& answer) {
        json.key("params").begin_object();
        integer("total", answer.params.total);
        integer("active", answer.params.active);
        integer("trainable", answer.params.trainable);
        integer("embedding", answer.params.embedding);
        json.end_object();
        json.key("bytes").begin_object();
        for (std::uint8_t group = 0; group < kGroups; ++group) {
            json.key(name(static_cast<Group>(group))).integer(answer.bytes[group].count());
        }
        json.end_object();
        json.key("totals").begin_object();
        bytes("allocated", answer.totals.allocated);
        bytes("reserved", answer.totals.reserved);
        bytes("device", answer.totals.device);
        json.end_object();
        json.key("allocator").begin_object();
        bytes("allocated", answer.allocator.allocated);
        bytes("reserved", answer.allocator.reserved);
        bytes("fragmentation", answer.allocator.fragmentation);
        integer("segments", answer.allocator.segments);
        integer("retries", answer.allocator.retries);
        json.end_object();
        json.key("beside").begin_array();
        for (const Beside& beside : answer.beside) {
            json.begin_object();
            text("name", beside.name);
            bytes("bytes", beside.bytes);
            text("within", beside.within);
            text("source", beside.source);
            text("note", beside.note);
            json.end_object();
        }
        json.end_array();
        json.key("peak").begin_object();
        text("phase", answer.peak_phase);
        bytes("bytes", answer.peak);
        json.end_object();
        json.key("phases").begin_array();
        for (const PhaseSummary& phase : answer.phases) {
            json.begin_object();
            text("name", phase.name);
            bytes("start", phase.start);
            bytes("peak", phase.peak);
            bytes("end", phase.end);
            json.end_object();
        }
        json.end_array();
        json.key("saved").begin_object();
        json.key("layers").begin_array();
        for (const SavedKind& kind : answer.saved.layers) {
            json.begin_object();
            text("kind", kind.kind);
            integer("count", kind.count);
            bytes("bytes", kind.bytes);
            if (!kind.tensors.empty()) {
                rows("tensors", kind.tensors);
            }
            json.end_object();
        }
        json.end_array();
        bytes("outside", answer.saved.outside);
        if (!answer.saved.outside_tensors.empty()) {
            rows("outside_tensors", answer.saved.outside_tensors);
        }
        bytes("total", answer.saved.total);
        json.end_object();
        if (!answer.cache.empty()) {
            cache(answer.cache);
        }
        json.key("fit").begin_object();
        text("gpu", answer.fit.gpu);
        bytes("available", answer.fit.available);
        bytes("headroom", answer.fit.headroom);
        json.key("fits").boolean(answer.fit.fits);
        json.end_object();
    }

    void ledger(const Answer& answer) {
        rows("rows", answer.rows);
        json.key("timeline").begin_array();
        for (const TimelinePoint& point : answer.timeline) {
            json.begin_object();
            text("label", point.label);
            text("phase", point.phase);
            bytes("live", point.live);
            bytes("reserved", point.reserved);
            parts(point.parts);
            json.end_object();
        }
        json.end_array();
        json.key("stretches").begin_array();
        for (const Stretch& stretch : answer.stretches) {
            json.begin_object();
            text("label", stretch.label);
            text("phase", stretch.phase);
            integer("turns", stretch.turns);
            json.key("points").begin_array();
            for (std::size_t i = 0; i < stretch.points.size(); ++i) {
                json.begin_object();
                text("label", stretch.points[i].label);
                bytes("change", stretch.changes[i]);
                bytes("live", stretch.points[i].live);
                parts(stretch.points[i].parts);
                json.end_object();
            }
            json.end_array();
            json.end_object();
        }
        json.end_array();
        json.key("devices").begin_array();
        for (const Device& device : answer.devices) {
            json.begin_object();
            text("name", device.name);
            bytes("weights", device.weights);
            bytes("kv_cache", device.kv_cache);
            bytes("state", device.state);
            bytes("compute", device.compute);
            bytes("output", device.output);
            json.end_object();
        }
        json.end_array();
        if (answer.served.blocks > 0) {
            const Served& served = answer.served;
            json.key("served").begin_object();
            bytes("budget", served.budget);
            bytes("pool", served.pool);
            integer("blocks", served.blocks);
            integer("tokens", served.tokens);
            integer("page_size", served.page_size);
            integer("context", served.context);
            json.key("concurrency").number(served.concurrency);
            integer("longest", served.longest);
            json.end_object();
        }
        if (!answer.launch.empty()) text("launch", answer.launch);
        json.key("advice").begin_array();
        for (const Advice& advice : answer.advice) {
            json.begin_object();
            text("query", advice.query());
            bytes("total", advice.totals.device);
            bytes("saved", advice.saved);
            json.key("fits").boolean(advice.fits);
            text("cost", advice.cost());
            text("cost_kind", name(advice.kind()));
            json.key("changes").begin_array();
            for (const Advice::Part& part : advice.parts) {
                json.begin_object();
                text("query", part.query);
                text("cost", part.cost);
                text("cost_kind", name(part.kind));
                json.end_object();
            }
            json.end_array();
            json.key("totals").begin_object();
            bytes("allocated", advice.totals.allocated);
            bytes("reserved", advice.totals.reserved);
            bytes("device", advice.totals.device);
            json.end_object();
            json.end_object();
        }
        json.end_array();
        if (answer.article) {
            const Article& article = *answer.article;
            json.key("article").begin_object();
            text("formula", article_formula(article));
            bytes("bytes", article.bytes);
            text("long_formula", article_long_formula(article));
            bytes("long_bytes", article.long_bytes);
            bytes("exact", answer.totals.allocated);
            json.key("ratio").number(static_cast<double>(article.bytes.count()) /
                                     static_cast<double>(answer.totals.allocated.count()));
            text("variable", answer.article_variable);
            integer("value", article.symbols.S);
            json.end_object();
        }
    }
};

void Printer::bytes(const char* key, Bytes value) { integer(key, value.count()); }
void Printer::text(const char* key, const std::string& value) { json.key(key).string(value); }
void Printer::text(const char* key, std::string_view value) { json.key(key).string(value); }
void Printer::integer(const char* key, std::int64_t value) { json.key(key).integer(value); }

}  // namespace

std::string_view name(CostKind kind) {
    constexpr std::string_view names[] = {"free", "speed", "quality", "task", "hardware"};
    return names[static_cast<std::uint8_t>(kind)];
}

std::string Advice::query() const {
    std::string text;
    for (const Part& part : parts) text.append(text.empty() ? "" : "&").append(part.query);
    return text;
}

CostKind Advice::kind() const {
    CostKind most = CostKind::free;
    for (const Part& part : parts) most = std::max(most, part.kind);
    return most;
}

std::string Advice::cost() const {
    std::string text;
    for (const Part& part : parts) text.append(text.empty() ? "" : " ").append(part.cost);
    return text;
}

std::string to_json(const Answer& answer) {
    Printer printer;
    printer.json.begin_object();
    printer.json.key("ok").boolean(answer.ok);
    printer.text("version", std::string_view(TENSORLEDGER_VERSION));
    if (answer.ok) {
        printer.text("query", answer.query);
    }
    printer.issues(answer.issues);
    printer.notes(answer.notes);
    if (answer.ok) {
        printer.totals(answer);
        printer.ledger(answer);
    }
    printer.json.end_object();
    return printer.json.take();
}

}  // namespace tensorledger
