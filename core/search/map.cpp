#include "core/search/map.h"

#include <algorithm>
#include <optional>

#include "core/formats/json.h"
#include "core/options/validate.h"
#include "core/report/device.h"
#include "core/report/estimate.h"
#include "core/search/answer.h"
#include "core/search/frontier.h"
#include "core/search/limits.h"

namespace tensorledger {

namespace {

/// Values on an axis at most.
constexpr std::int64_t most_values = 64;

/// An axis to `end` and a little beyond: in steps that are round numbers.
GridAxis axis_to(const OptionRow& option, std::int64_t above, std::int64_t end,
                 std::int64_t limit) {
    const std::int64_t span = std::max<std::int64_t>(1, end - above);
    std::int64_t unit = 1;
    while (unit * 2 * most_values <= span) unit *= 2;
    std::int64_t step = (span + most_values - 1) / most_values;
    step = (step + unit - 1) / unit * unit;
    GridAxis axis{&option, above + step, step, 0};
    axis.count = std::clamp<std::int64_t>((limit - above) / step, 1, most_values);
    return axis;
}

std::int64_t longest_of(const Config& config, std::int64_t most) {
    return std::min(most, longest_sequence(*config.network).value_or(most));
}

void print(JsonWriter& json, std::string_view key, const GridAxis& axis) {
    json.key(key).begin_object();
    json.key("key").string(axis.option->key);
    json.key("unit").string(axis.option->unit);
    json.key("first").integer(axis.first);
    json.key("step").integer(axis.step);
    json.key("count").integer(axis.count);
    json.end_object();
}

}  // namespace

FitMap grid_around(const Config& config) {
    const bool trains = config.task == Task::train;
    const OptionRow& rows = *find_option(trains ? "batch" : "sequences");
    const OptionRow& columns = *find_option(trains ? "seq" : "context");
    const std::int64_t now_rows = trains ? config.batch : config.sequences.value_or(config.batch);
    // A prompt fills the cache at once: contexts begin behind it, but where they are a limit only.
    const std::int64_t prompt = config.prompt.value_or(config.seq);
    const std::int64_t above = trains || config.engine != Engine::hf ? 0 : prompt;
    const std::int64_t now_columns = trains ? config.seq : config.context.value_or(prompt);
    const std::int64_t longest = longest_of(config, columns.max);
    Config one = config;
    set_integer(rows, one, 1);
    const std::int64_t reach = most_that_fits(one, columns, now_columns, longest).value;
    const std::int64_t wide = std::min(longest, std::max(now_columns, reach + reach / 16));
    const std::int64_t many = most_that_fits(config, rows, now_rows, rows.max).value;
    const std::int64_t high =
        std::min(rows.max, std::max({now_rows, many + many / 16, std::int64_t{8}}));
    FitMap map;
    map.rows = axis_to(rows, 0, high, rows.max);
    map.columns = axis_to(columns, above, wide, longest);
    return map;
}

void fill(const Config& config, FitMap& map) {
    const std::int64_t columns = map.columns.count;
    map.fits.assign(static_cast<std::uint32_t>(map.rows.count), 0);
    // A single sequence is listed otherwise (what is expanded needs no copy): its row follows from those above it.
    GridAxis several = map.rows;
    const std::int64_t skipped = several.first == 1 ? 1 : 0;
    several.first += skipped * several.step;
    several.count -= skipped;
    const std::optional<Surface> surface = Surface::over(config, several, map.columns);
    const std::int64_t room = room_for_tensors(config).count();
    std::int64_t below = 0;  // columns that fit in the row of more sequences
    for (std::int64_t row = map.rows.count - 1; row >= 0; --row) {
        const auto fits = [&](std::int64_t column) {
            Config changed = config;
            set_integer(*map.rows.option, changed, map.rows.value(row));
            set_integer(*map.columns.option, changed, map.columns.value(column));
            if (!check(changed).empty() || !check_network(changed).empty()) return false;
            const Answer answer = estimate(changed, Detail::verdict);
            return answer.ok && answer.fit.fits;
        };
        std::int64_t guess = below + 1;
        if (surface) {
            std::int64_t misfit = columns;
            guess = below;
            while (guess < misfit) {
                const std::int64_t middle = guess + (misfit - guess) / 2;
                if (surface->at(row - skipped, middle) <= room) {
                    guess = middle + 1;
                } else {
                    misfit = middle;
                }
            }
            guess = std::max(guess, below + 1);
        }
        below = frontier(below, columns, guess, fits);
        map.fits[static_cast<std::uint32_t>(row)] = below;
    }
}

std::string map_json(std::string_view set_up) {
    const Parsed parsed = parse_remembering(set_up);
    Answer answer;
    answer.issues = parsed.issues;
    if (parsed.ok()) answer = estimate(parsed.config, Detail::totals);
    if (!answer.ok) return to_json(answer);
    FitMap map = grid_around(parsed.config);
    fill(parsed.config, map);
    JsonWriter json;
    json.begin_object();
    json.key("ok").boolean(true);
    json.key("version").string(TENSORLEDGER_VERSION);
    json.key("issues").begin_array();
    json.end_array();
    json.key("query").string(answer.query);
    print(json, "rows", map.rows);
    print(json, "columns", map.columns);
    json.key("fits").begin_array();
    for (const std::int64_t count : map.fits) json.integer(count);
    json.end_array();
    json.end_object();
    return json.take();
}

}  // namespace tensorledger
