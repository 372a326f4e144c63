#include "core/search/answer.h"

#include "core/options/network.h"
#include "core/report/estimate.h"
#include "core/search/advice.h"

namespace tensorledger {

namespace {

Answer refusal_of(const Parsed& parsed) {
    Answer refusal;
    refusal.issues = parsed.issues;
    return refusal;
}

}  // namespace

Answer answer_to(const Config& config) {
    Answer answer = estimate(config);
    if (answer.ok && !answer.fit.fits) {
        answer.advice = advise(config, answer);
    }
    return answer;
}

Answer answer_to(const Parsed& parsed) {
    return parsed.ok() ? answer_to(parsed.config) : refusal_of(parsed);
}

Parsed parse_remembering(std::string_view set_up) {
    static NetworkCache networks;
    return parse(set_up, &networks);
}

std::string estimate_json(std::string_view set_up) {
    return to_json(answer_to(parse_remembering(set_up)));
}

std::string totals_json(std::string_view set_up) {
    const Parsed parsed = parse_remembering(set_up);
    return to_json(parsed.ok() ? estimate(parsed.config, Detail::totals) : refusal_of(parsed));
}

}  // namespace tensorledger
