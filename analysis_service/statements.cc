#include "analysis_service/statements.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace meridian::analysis {
namespace {

std::map<std::string, std::vector<Statement>> BySource(
    std::vector<Statement> statements) {
  std::map<std::string, std::vector<Statement>> by_source;
  for (Statement& statement : statements) {
    by_source[statement.source].push_back(std::move(statement));
  }
  return by_source;
}

// Moves those of the given day to `kept`.
void KeepDay(std::vector<Statement>& statements, Day available,
             std::vector<Statement>* kept) {
  for (Statement& statement : statements) {
    if (statement.available == available) kept->push_back(std::move(statement));
  }
}

// What was replaced by something newer says no more when it is valid.
bool IsValid(const Statement& statement, Day on) {
  return statement.valid && !statement.ends && statement.valid->first <= on &&
         on <= statement.valid->last;
}

bool HasEnded(const Statement& statement, Day on) {
  return statement.ends && *statement.ends <= on;
}

bool Within(const DateRange& inner, const DateRange& outer) {
  return outer.first <= inner.first && inner.last <= outer.last;
}

bool Within(const NumberRange& inner, const NumberRange& outer) {
  return outer.low <= inner.low && inner.high <= outer.high;
}

template <typename Range>
std::optional<FactValue> AgreeRanges(const FactValue& a, const FactValue& b) {
  const Range& x = std::get<Range>(a.value);
  const Range& y = std::get<Range>(b.value);
  if (Within(x, y)) return a;
  if (Within(y, x)) return b;
  return std::nullopt;
}

std::optional<FactValue> AgreeLists(const FactValue& a, const FactValue& b) {
  const StringList& x = std::get<StringList>(a.value);
  const StringList& y = std::get<StringList>(b.value);
  if (x.complete && y.complete) {
    if (x == y) return a;
    return std::nullopt;
  }
  if (!x.complete && !y.complete) {
    StringList both;
    both.complete = false;
    std::set_union(x.items.begin(), x.items.end(), y.items.begin(),
                   y.items.end(), std::back_inserter(both.items));
    return FactValue::List(std::move(both));
  }
  const StringList& all = x.complete ? x : y;
  const StringList& some = x.complete ? y : x;
  if (!std::includes(all.items.begin(), all.items.end(), some.items.begin(),
                     some.items.end())) {
    return std::nullopt;
  }
  return FactValue::List(all);
}

void AddOther(const Statement& statement, ModelFact* fact) {
  fact->others.push_back(
      {statement.value, statement.source, statement.evidence});
}

// None of the statements knows the value.
ModelFact SettleUnknown(const std::vector<Statement>& statements) {
  ModelFact fact;
  if (statements.empty()) return fact;
  const Statement& first = statements[0];
  fact.value = first.value;
  fact.derivation = first.derivation;
  fact.stated_after_as_of = first.stated_after_as_of;
  fact.evidence = first.evidence;
  for (size_t i = 1; i < statements.size(); ++i) AddOther(statements[i], &fact);
  return fact;
}

ModelFact SettleConflict(absl::Span<const Statement> believed,
                         absl::Span<const Statement> rest) {
  ModelFact fact;
  fact.value = FactValue::Unknown(UnknownReason::kConflict);
  std::vector<std::string> said;
  for (const Statement& statement : believed) {
    said.push_back(absl::StrCat(statement.source, " says ",
                                DescribeValue(statement.value)));
    AddEvidence(statement.evidence, &fact.evidence);
    AddOther(statement, &fact);
  }
  for (const Statement& statement : rest) AddOther(statement, &fact);
  fact.derivation =
      absl::StrCat("statements differ and no precedence decides: ",
                   absl::StrJoin(said, "; "));
  return fact;
}

}  // namespace

std::vector<Statement> KeepNature(std::vector<Statement> statements) {
  if (statements.size() == 1) return statements;  // Most often, and cheaper.
  std::vector<Statement> kept;
  for (auto& [source, own] : BySource(std::move(statements))) {
    Day newest = std::numeric_limits<Day>::min();
    for (const Statement& s : own) newest = std::max(newest, s.available);
    KeepDay(own, newest, &kept);
  }
  return kept;
}

std::vector<Statement> KeepState(std::vector<Statement> statements,
                                 const FactContext& context) {
  if (statements.size() == 1) {  // Most often, and cheaper.
    Statement& s = statements[0];
    if (s.valid ? !IsValid(s, context.on) : HasEnded(s, context.on)) return {};
    s.stated_after_as_of = !s.valid && s.available > context.as_of;
    return statements;
  }
  std::vector<Statement> kept;
  for (auto& [source, own] : BySource(std::move(statements))) {
    std::optional<Day> valid, before, after;
    for (const Statement& s : own) {
      if (s.valid) {
        if (IsValid(s, context.on)) {
          valid = std::max(valid.value_or(s.available), s.available);
        }
      } else if (HasEnded(s, context.on)) {
        continue;
      } else if (s.available <= context.on) {
        before = std::max(before.value_or(s.available), s.available);
      } else {
        after = std::min(after.value_or(s.available), s.available);
      }
    }
    std::vector<Statement> candidates;
    for (Statement& s : own) {
      if (valid ? IsValid(s, context.on)
                : !s.valid && !HasEnded(s, context.on)) {
        candidates.push_back(std::move(s));
      }
    }
    if (candidates.empty()) continue;
    const Day chosen = valid ? *valid : before ? *before : *after;
    for (Statement& s : candidates) {
      s.stated_after_as_of = !s.valid && s.available > context.as_of;
    }
    KeepDay(candidates, chosen, &kept);
  }
  return kept;
}

namespace {

// A day inside a month that is believed says more and contradicts nothing.
bool Refines(const FactValue& narrow, const FactValue& wide) {
  const auto* a = std::get_if<DateRange>(&narrow.value);
  const auto* b = std::get_if<DateRange>(&wide.value);
  return a != nullptr && b != nullptr &&
         (a->first != b->first || a->last != b->last);
}

}  // namespace

std::optional<FactValue> Agree(const FactValue& a, const FactValue& b) {
  if (a.value.index() != b.value.index()) return std::nullopt;
  if (std::holds_alternative<DateRange>(a.value)) {
    return AgreeRanges<DateRange>(a, b);
  }
  if (std::holds_alternative<NumberRange>(a.value)) {
    return AgreeRanges<NumberRange>(a, b);
  }
  if (std::holds_alternative<StringList>(a.value)) return AgreeLists(a, b);
  if (std::holds_alternative<std::string>(a.value)) {
    if (std::get<std::string>(a.value) == std::get<std::string>(b.value)) {
      return a;
    }
    return std::nullopt;
  }
  if (std::get<bool>(a.value) == std::get<bool>(b.value)) return a;
  return std::nullopt;
}

bool IsBetterRecord(const Catalog& catalog, const EvidenceRef& a,
                    const EvidenceRef& b) {
  const auto order = [&](const EvidenceRef& ref) {
    const Segment& segment = catalog.segment(ref);
    return std::make_tuple(segment.is_own(), segment.is_reference(),
                           segment.available(), ref.segment, ref.row);
  };
  return order(a) > order(b);
}

void AddEvidence(absl::Span<const EvidenceRef> refs,
                 std::vector<EvidenceRef>* evidence) {
  evidence->insert(evidence->end(), refs.begin(), refs.end());
  std::sort(evidence->begin(), evidence->end());
  evidence->erase(std::unique(evidence->begin(), evidence->end()),
                  evidence->end());
}

SourceRanks::SourceRanks(const Catalog& catalog) {
  absl::flat_hash_map<std::string, EvidenceRef> chosen;
  for (const EvidenceRef& ref : catalog.Records(v1::Record::kPrecedence)) {
    const std::string& field = catalog.record(ref).precedence().field();
    const auto [it, inserted] = chosen.emplace(field, ref);
    if (!inserted && IsBetterRecord(catalog, ref, it->second)) it->second = ref;
  }
  for (const auto& [field, ref] : chosen) {
    const v1::Precedence& record = catalog.record(ref).precedence();
    sources_[field] = {record.sources().begin(), record.sources().end()};
  }
}

int SourceRanks::Rank(absl::string_view field, absl::string_view source) const {
  // What the caller knows itself is not overruled by what is published.
  if (absl::StartsWith(source, kOwnSourcePrefix)) return -1;
  auto it = sources_.find(field);
  if (it == sources_.end()) it = sources_.find("*");
  if (it == sources_.end()) return 0;
  const auto at = std::find(it->second.begin(), it->second.end(), source);
  return static_cast<int>(at - it->second.begin());
}

ModelFact Settle(std::vector<Statement> statements, absl::string_view field,
                 const SourceRanks& ranks) {
  if (statements.size() == 1 && statements[0].value.known()) {
    Statement& only = statements[0];
    ModelFact fact;
    fact.value = std::move(only.value);
    fact.derivation = std::move(only.derivation);
    fact.stated_after_as_of = only.stated_after_as_of;
    AddEvidence(only.evidence, &fact.evidence);
    return fact;
  }
  const auto order = [&](const Statement& s) {
    // Of what is not known, a reason says more than silence.
    const int unknown = s.value.known()                              ? 0
                        : s.value.unknown != UnknownReason::kMissing ? 1
                                                                     : 2;
    return std::make_tuple(unknown, ranks.Rank(field, s.source), s.implied);
  };
  std::stable_sort(statements.begin(), statements.end(),
                   [&](const Statement& a, const Statement& b) {
                     return std::make_pair(order(a),
                                           std::tie(a.source, a.ref)) <
                            std::make_pair(order(b), std::tie(b.source, b.ref));
                   });
  if (statements.empty() || !statements[0].value.known()) {
    return SettleUnknown(statements);
  }
  size_t believed = 1;
  while (believed < statements.size() &&
         order(statements[believed]) == order(statements[0])) {
    ++believed;
  }
  const auto first = absl::MakeConstSpan(statements).first(believed);
  const auto rest = absl::MakeConstSpan(statements).subspan(believed);
  ModelFact fact;
  fact.value = first[0].value;
  fact.stated_after_as_of = true;
  for (const Statement& statement : first) {
    std::optional<FactValue> both = Agree(fact.value, statement.value);
    if (!both) return SettleConflict(first, rest);
    fact.value = *std::move(both);
    if (fact.derivation.empty()) fact.derivation = statement.derivation;
    AddEvidence(statement.evidence, &fact.evidence);
    fact.stated_after_as_of &= statement.stated_after_as_of;
  }
  for (const Statement& statement : rest) {
    std::optional<FactValue> both;
    if (statement.value.known()) both = Agree(fact.value, statement.value);
    if (!both) {
      AddOther(statement, &fact);
    } else if (Refines(*both, fact.value)) {
      fact.value = *std::move(both);
      fact.derivation = absl::StrCat("more exact in ", statement.source);
      AddEvidence(statement.evidence, &fact.evidence);
    }
  }
  return fact;
}

}  // namespace meridian::analysis
