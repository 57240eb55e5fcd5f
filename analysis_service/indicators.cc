#include "analysis_service/indicators.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/page.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis {
namespace {

bool Asked(const google::protobuf::RepeatedPtrField<std::string>& wanted,
           const std::string& value) {
  return wanted.empty() ||
         std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool NameMatches(absl::string_view pattern, absl::string_view name) {
  if (pattern.empty()) return true;
  if (absl::ConsumeSuffix(&pattern, "*"))
    return absl::StartsWith(name, pattern);
  return name == pattern;
}

absl::Status UnknownIndicator(absl::string_view name,
                              const std::vector<std::string>& known) {
  return MakeError(
      absl::StatusCode::kNotFound, "UNKNOWN_INDICATOR",
      absl::StrCat("there is no indicator '", name, "'",
                   DidYouMean(name, known)),
      {{"indicator", std::string(name)},
       {"suggestions", absl::StrJoin(Suggest(name, known), ", ")}});
}

// "private_ai_investment US 2025 (edition 2026)".
std::string Describe(const v1::Indicator& indicator) {
  return absl::StrCat(indicator.name(), " ", indicator.area(), " ",
                      indicator.period(), " (edition ", indicator.edition(),
                      ")");
}

absl::string_view NatureText(v1::Indicator::Nature nature) {
  switch (nature) {
    case v1::Indicator::NATURE_STOCK:
      return "a stock (a level, or what adds up over its period)";
    case v1::Indicator::NATURE_FLOW:
      return "a flow (an amount over its period)";
    default:
      return "not said to be a stock or a flow";
  }
}

// The one figure that a term means; several of one value are one.
absl::StatusOr<EvidenceRef> FindFigure(const Catalog& catalog, Day as_of,
                                       const v1::IndicatorTerm& term) {
  std::vector<EvidenceRef> found;
  std::set<std::string> names;
  for (const EvidenceRef& ref :
       catalog.Records(v1::Record::kIndicator, as_of)) {
    const v1::Indicator& indicator = catalog.record(ref).indicator();
    names.insert(indicator.name());
    const auto fits = [](const std::string& asked, const std::string& stated) {
      return asked.empty() || asked == stated;
    };
    if (indicator.name() == term.name() && indicator.area() == term.area() &&
        fits(term.period(), indicator.period()) &&
        fits(term.edition(), indicator.edition())) {
      found.push_back(ref);
    }
  }
  if (found.empty() && !names.contains(term.name())) {
    return UnknownIndicator(term.name(), {names.begin(), names.end()});
  }
  if (found.empty()) {
    return MakeError(
        absl::StatusCode::kNotFound, "UNKNOWN_INDICATOR",
        absl::StrCat("no figure of ", term.name(), " for ", term.area(), " ",
                     term.period(), " ", term.edition(),
                     "; 'indicators' lists those there are"),
        {{"indicator", term.name()}});
  }
  std::vector<std::string> choices;
  std::set<std::pair<std::string, double>> different;
  for (const EvidenceRef& ref : found) {
    const v1::Indicator& indicator = catalog.record(ref).indicator();
    different.insert({indicator.period(), indicator.value()});
    choices.push_back(
        absl::StrCat(Describe(indicator), " = ", indicator.value()));
  }
  if (different.size() > 1) {
    return MakeError(absl::StatusCode::kFailedPrecondition,
                     "AMBIGUOUS_INDICATOR",
                     absl::StrCat(term.name(), " ", term.area(),
                                  " has several values; name period and "
                                  "edition: ",
                                  absl::StrJoin(choices, "; ")),
                     {{"indicator", term.name()}});
  }
  return found.back();
}

// Figures can be added and divided when they are amounts of one kind: the same
// unit over the same period, and both stocks or both flows (or one indicator).
absl::Status CheckComparable(const v1::Indicator& a, const v1::Indicator& b) {
  std::string why;
  if (a.unit() != b.unit()) {
    why = absl::StrCat("one is in '", a.unit(), "', the other in '", b.unit(),
                       "'");
  } else if (a.name() != b.name() && a.nature() != b.nature()) {
    why = absl::StrCat("the first is ", NatureText(a.nature()), ", the second ",
                       NatureText(b.nature()));
  } else if (a.period() != b.period()) {
    why = absl::StrCat("they are of different periods, ", a.period(), " and ",
                       b.period());
  } else if (a.name() != b.name() &&
             a.nature() == v1::Indicator::NATURE_UNSPECIFIED) {
    why = "neither is said to be a stock or a flow";
  }
  if (why.empty()) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "NOT_COMPARABLE",
      absl::StrCat("refused: ", Describe(a), " and ", Describe(b),
                   " cannot be added or divided: ", why,
                   ". Compare figures of one kind over one period"),
      {{"first", Describe(a)}, {"second", Describe(b)}});
}

}  // namespace

absl::StatusOr<v1::ListIndicatorsResponse> ListIndicators(
    const Question& question, const v1::ListIndicatorsRequest& request) {
  v1::ListIndicatorsResponse response;
  Answer answer(question, response.mutable_header());
  const Catalog& catalog = *question.catalog;
  std::vector<EvidenceRef> rows;
  std::set<std::string> names;
  // Values stated for one quantity; more than one is a dispute.
  std::map<std::tuple<std::string, std::string, std::string, std::string>,
           std::set<double>>
      values;
  const auto quantity = [](const v1::Indicator& i) {
    return std::tuple(i.name(), i.area(), i.period(), i.unit());
  };
  for (const EvidenceRef& ref :
       catalog.Records(v1::Record::kIndicator, question.as_of)) {
    const v1::Indicator& indicator = catalog.record(ref).indicator();
    names.insert(indicator.name());
    values[quantity(indicator)].insert(indicator.value());
    if (NameMatches(request.name(), indicator.name()) &&
        Asked(request.areas(), indicator.area()) &&
        Asked(request.editions(), indicator.edition()) &&
        (request.period().empty() || request.period() == indicator.period())) {
      rows.push_back(ref);
    }
  }
  if (rows.empty() && !request.name().empty() &&
      names.count(request.name()) == 0) {
    const std::vector<std::string> known(names.begin(), names.end());
    return UnknownIndicator(request.name(), known);
  }
  std::sort(rows.begin(), rows.end(),
            [&](const EvidenceRef& a, const EvidenceRef& b) {
              const v1::Indicator& x = catalog.record(a).indicator();
              const v1::Indicator& y = catalog.record(b).indicator();
              return std::tie(x.name(), x.area(), x.period(), x.edition(),
                              x.figure(), x.breakdown(), a) <
                     std::tie(y.name(), y.area(), y.period(), y.edition(),
                              y.figure(), y.breakdown(), b);
            });
  ASSIGN_OR_RETURN(PageRange page, PageOf(request, rows.size(), catalog.seq()));
  for (size_t i = page.begin; i < page.end; ++i) {
    v1::IndicatorRow* out = response.add_rows();
    *out->mutable_indicator() = catalog.record(rows[i]).indicator();
    out->set_source(catalog.segment(rows[i]).meta().source());
    out->set_evidence(answer.Cite(rows[i]));
    out->set_disputed(values[quantity(out->indicator())].size() > 1);
    if (out->disputed()) {
      answer.Warn(
          v1::WARNING_KIND_SOURCES_DISAGREE,
          absl::StrCat(out->indicator().name(), " ", out->indicator().area(),
                       " ", out->indicator().period(),
                       " is stated with different values; all are "
                       "shown, none is averaged"));
    }
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::CompareIndicatorsResponse> CompareIndicators(
    const Question& question, const v1::CompareIndicatorsRequest& request) {
  v1::CompareIndicatorsResponse response;
  Answer answer(question, response.mutable_header());
  const Catalog& catalog = *question.catalog;
  if (request.numerator().empty() || request.denominator().empty()) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
        "give at least one figure on each side",
        {{"field", request.numerator().empty() ? "numerator" : "denominator"}});
  }
  std::vector<EvidenceRef> all;
  const auto find = [&](const auto& terms, auto* rows,
                        double* sum) -> absl::Status {
    for (const v1::IndicatorTerm& term : terms) {
      ASSIGN_OR_RETURN(const EvidenceRef ref,
                       FindFigure(catalog, question.as_of, term));
      v1::IndicatorRow* row = rows->Add();
      *row->mutable_indicator() = catalog.record(ref).indicator();
      row->set_source(catalog.segment(ref).meta().source());
      row->set_evidence(answer.Cite(ref));
      *sum += row->indicator().value();
      all.push_back(ref);
    }
    return absl::OkStatus();
  };
  double numerator = 0, denominator = 0;
  RETURN_IF_ERROR(
      find(request.numerator(), response.mutable_numerator(), &numerator));
  RETURN_IF_ERROR(find(request.denominator(), response.mutable_denominator(),
                       &denominator));
  for (const EvidenceRef& ref : all) {
    RETURN_IF_ERROR(CheckComparable(catalog.record(all[0]).indicator(),
                                    catalog.record(ref).indicator()));
  }
  if (denominator == 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "NOT_COMPARABLE",
                     "refused: the denominator is 0");
  }
  response.set_ratio(numerator / denominator);
  response.set_numerator_sum(numerator);
  response.set_denominator_sum(denominator);
  return response;
}

}  // namespace meridian::analysis
