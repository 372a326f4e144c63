// Records of measured runs: a file of tests/data with one JSON object a line, each with an `id` and a
// `request`, which is what the tool is asked.
#pragma once

#include <functional>
#include <string>

#include "core/formats/json.h"
#include "core/options/parse.h"
#include "core/report/estimate.h"

/// The text of a member that is an object, as it stands in the line.
std::string object_text(const std::string& line, const std::string& key);

/// Calls `check(line, record)` for every line of the file.
void each_line(
    const std::string& file,
    const std::function<void(const std::string& line, tensorledger::JsonValue record)>& check);

/// The tool's answer to the line's request.
tensorledger::Answer answer_to(const std::string& line, tensorledger::NetworkCache& networks,
                               tensorledger::Detail detail = tensorledger::Detail::totals);

/// Whether the tool says that it does not know the mechanism, or has no word for it yet.
bool is_not_described(const tensorledger::Issue& issue);

std::string text_of(tensorledger::JsonValue record, std::string_view key);
std::int64_t integer(tensorledger::JsonValue record, std::string_view key);
