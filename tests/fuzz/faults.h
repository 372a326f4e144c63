// What must hold of every answer, whatever was asked: the properties that the fuzzers and the random set-ups check.
#pragma once

#include <string>
#include <string_view>

#include "core/report/estimate.h"

/// What is wrong with an answer, in a few words; empty when nothing is.
std::string fault_of(const tensorledger::Answer& answer);

/// What is wrong with the answer to a set-up, or with its refusal; asks a second time and for the totals alone too,
/// which have to agree.
std::string fault_of_set_up(std::string_view text);

/// What is wrong with what is read from a file's start; the answer has to be JSON, with figures or a sentence.
std::string fault_of_file(std::string_view bytes, std::string_view name, std::int64_t file_size);

/// What is wrong with how another tool's text is read: the query that comes of it has to be one.
std::string fault_of_foreign(std::string_view text);
