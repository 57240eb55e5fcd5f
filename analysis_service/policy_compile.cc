// From a policy as it was read to one that judges: all that is wrong with it,
// and its rules compiled.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "analysis_service/policy.h"
#include "analysis_service/policy_defines.h"
#include "analysis_service/policy_parts.h"
#include "common/base/dates.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis {
namespace {

// A message of an error travels in HTTP headers, which end at 8 KiB.
constexpr size_t kMaxProblemsTold = 20;
constexpr size_t kMaxProblemBytes = 300;

struct Body {
  RuleKind kind;
  absl::string_view field;
  absl::string_view text;
};

Body BodyOf(const v1::PolicyRule& rule) {
  switch (rule.body_case()) {
    case v1::PolicyRule::kForbid:
      return {RuleKind::kForbid, "forbid", rule.forbid()};
    case v1::PolicyRule::kPrefer:
      return {RuleKind::kPrefer, "prefer", rule.prefer()};
    case v1::PolicyRule::kWarn:
      return {RuleKind::kWarn, "warn", rule.warn()};
    case v1::PolicyRule::kOblige:
      return {RuleKind::kOblige, "oblige", rule.oblige()};
    case v1::PolicyRule::kRequire:
    case v1::PolicyRule::BODY_NOT_SET:
      break;
  }
  return {RuleKind::kRequire, "require", rule.require()};
}

class Compiler {
 public:
  Compiler(PolicyText text, const Environment& environment)
      : places_(std::move(text.places)),
        policy_(text.policy),
        problems_(std::move(text.problems)),
        is_broken_(text.is_broken),
        environment_(environment),
        defines_(policy_, &problems_) {
    compiled_.policy = std::move(text.policy);
    for (const v1::NamedSet& set : policy_.sets()) {
      environment_.sets[set.name()] = {set.members().begin(),
                                       set.members().end()};
    }
    for (int i = 0; i < policy_.defines_size(); ++i) {
      if (!defines_.usable(i)) continue;
      environment_.defines[policy_.defines(i).name()] =
          policy_.defines(i).expression();
    }
  }

  absl::StatusOr<CompiledPolicy> Run() && {
    if (is_broken_) return Failure();
    CheckPolicyParts(policy_, &problems_);
    for (int i = 0; i < policy_.rules_size(); ++i) {
      if (i == kMaxPolicyRules) break;
      CheckRule(i);
    }
    if (!problems_.empty()) return Failure();
    compiled_.places = std::move(places_);
    return std::move(compiled_);
  }

 private:
  void Problem(std::string path, std::string message, Place inside = {}) {
    problems_.push_back({std::move(path), {}, std::move(message), inside});
  }
  void Need(absl::string_view path, absl::string_view key,
            const std::string& value, absl::string_view what) {
    if (!value.empty()) return;
    Problem(std::string(path), absl::StrCat(what, " has no '", key, "'"));
  }
  void CheckRule(int i) {
    const v1::PolicyRule& rule = policy_.rules(i);
    const std::string path = absl::StrCat("rules[", i, "]");
    CheckId(path, rule.id(), "the rule");
    const Body body = BodyOf(rule);
    if (body.text.empty()) {
      return Problem(path, absl::StrCat("rule '", rule.id(),
                                        "' has neither 'require' nor "
                                        "'forbid', 'prefer', 'warn', "
                                        "'oblige'"));
    }
    CheckFittings(path, rule, body.kind);
    CompiledRule compiled;
    compiled.id = rule.id();
    compiled.kind = body.kind;
    compiled.forbids =
        body.kind == RuleKind::kForbid || body.kind == RuleKind::kWarn;
    if (rule.on_unknown() != v1::ON_UNKNOWN_UNSPECIFIED) {
      compiled.on_unknown = rule.on_unknown();
    }
    if (rule.has_weight()) compiled.weight = rule.weight();
    compiled.written = OneLine(body.text);
    compiled.applies_when_written = OneLine(rule.applies_when());
    const bool may_be_number = body.kind == RuleKind::kPrefer;
    auto expression = CompileOne(
        rule.id(), absl::StrCat(path, ".", body.field), body.text,
        may_be_number ? &compiled.is_number : nullptr, &compiled.expanded);
    if (!rule.applies_when().empty()) {
      compiled.applies_when = CompileOne(
          rule.id(), absl::StrCat(path, ".applies_when"), rule.applies_when(),
          nullptr, &compiled.applies_when_expanded);
    }
    if (!expression.has_value()) return;
    compiled.body = *std::move(expression);
    compiled_.rules.push_back(std::move(compiled));
  }

  void CheckId(const std::string& path, const std::string& id,
               absl::string_view what) {
    Need(path, "id", id, what);
    if (!id.empty() && !ids_.insert(id).second) {
      Problem(absl::StrCat(path, ".id"),
              absl::StrCat("rule id '", id, "' is used twice; ids are unique"));
    }
  }

  // Fields that belong to some kinds of rules only.
  void CheckFittings(const std::string& path, const v1::PolicyRule& rule,
                     RuleKind kind) {
    const absl::string_view name = RuleKindName(kind);
    const auto misplaced = [&](absl::string_view field, absl::string_view of) {
      Problem(absl::StrCat(path, ".", field),
              absl::StrCat("'", field, "' has no meaning with '", name,
                           "'; it belongs to ", of));
    };
    if (rule.has_weight()) {
      if (kind != RuleKind::kPrefer) {
        misplaced("weight", "prefer");
      } else if (!(rule.weight() > 0) || !std::isfinite(rule.weight())) {
        Problem(absl::StrCat(path, ".weight"), "a weight is more than 0");
      }
    }
    if (kind == RuleKind::kOblige) {
      Need(path, "obligation", rule.obligation(),
           absl::StrCat("rule '", rule.id(), "'"));
    } else if (!rule.obligation().empty()) {
      misplaced("obligation", "oblige");
    }
    if (rule.on_unknown() != v1::ON_UNKNOWN_UNSPECIFIED &&
        kind != RuleKind::kRequire && kind != RuleKind::kForbid) {
      misplaced("on_unknown", "require and forbid");
    }
  }

  // `is_number` not null: a number will do as well. Defines keep their names
  // in the compiled form; they are written out to find the place of an error.
  std::optional<Expression> CompileOne(const std::string& rule,
                                       const std::string& path,
                                       absl::string_view text, bool* is_number,
                                       std::string* written_out) {
    const std::string who = absl::StrCat("rule '", rule, "': ");
    const auto expanded = defines_.Expand(text);
    if (absl::IsFailedPrecondition(expanded.status())) return std::nullopt;
    if (!expanded.ok()) {
      Problem(path, absl::StrCat(who, expanded.status().message()), {1, 1});
      return std::nullopt;
    }
    *written_out = expanded->text;
    auto expression = CompileEither(text, is_number);
    if (expression.ok()) return *std::move(expression);
    expression = CompileEither(expanded->text, is_number);
    if (expression.ok()) return *std::move(expression);
    Place at{1, 1};
    for (const auto& [name, value] : GetErrorDetails(expression.status())) {
      if (name == "line") (void)absl::SimpleAtoi(value, &at.line);
      if (name == "column") (void)absl::SimpleAtoi(value, &at.column);
    }
    ExpressionProblem(who, path, text,
                      expanded->Origin(OffsetOfPlace(expanded->text, at)),
                      expression.status().message());
    return std::nullopt;
  }

  absl::StatusOr<Expression> CompileEither(absl::string_view text,
                                           bool* is_number) const {
    auto expression = Compile(text, environment_);
    if (expression.ok() || is_number == nullptr) return expression;
    expression = CompileNumber(text, environment_);
    *is_number = expression.ok();
    return expression;
  }

  // Moves "LINE:COLUMN: what" and the caret from the expanded expression to
  // what was written.
  void ExpressionProblem(const std::string& who, const std::string& path,
                         absl::string_view text, DefineOrigin origin,
                         absl::string_view message) {
    const bool in_define = origin.define >= 0;
    const absl::string_view source =
        in_define ? absl::string_view(defines_.text(origin.define)) : text;
    const Place inside = PlaceOfOffset(source, origin.offset);
    message = message.substr(0, message.find('\n'));
    const size_t colon = message.find(": ");
    if (colon != absl::string_view::npos) message.remove_prefix(colon + 2);
    const std::vector<absl::string_view> lines = absl::StrSplit(source, '\n');
    std::string shown;
    if (inside.line <= lines.size() && lines[inside.line - 1].size() <= 160) {
      shown = absl::StrCat("\n  ", lines[inside.line - 1], "\n  ",
                           std::string(inside.column - 1, ' '), "^");
    }
    Problem(in_define ? absl::StrCat("defines[", origin.define, "].expression")
                      : path,
            absl::StrCat(who, message, shown), inside);
  }

  absl::Status Failure() {
    for (PolicyProblem& problem : problems_) {
      if (problem.place.known() || places_.empty()) continue;
      problem.place = problem.inside.known()
                          ? places_.Within(problem.path, problem.inside)
                          : places_.Of(problem.path);
    }
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const PolicyProblem& a, const PolicyProblem& b) {
                       return a.place < b.place;
                     });
    std::vector<std::string> lines;
    for (const PolicyProblem& problem : problems_) {
      if (lines.size() == kMaxProblemsTold) {
        lines.push_back(
            absl::StrCat(problems_.size() - lines.size(), " more problems"));
        break;
      }
      lines.push_back(Line(problem));
    }
    ErrorDetails details = {{"problems", absl::StrCat(problems_.size())}};
    if (!places_.empty()) {
      details.emplace_back("file", places_.file());
      details.emplace_back("line", absl::StrCat(problems_[0].place.line));
      details.emplace_back("column", absl::StrCat(problems_[0].place.column));
    }
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_POLICY",
                     absl::StrJoin(lines, "\n"), std::move(details));
  }

  std::string Line(const PolicyProblem& problem) const {
    std::string line;
    if (!places_.empty()) {
      line = absl::StrCat(places_.file(), ":", problem.place.line, ":",
                          problem.place.column, ": ");
    } else if (!problem.path.empty()) {
      line = problem.inside.known()
                 ? absl::StrCat(problem.path, " at ", problem.inside.line, ":",
                                problem.inside.column, ": ")
                 : absl::StrCat(problem.path, ": ");
    }
    absl::StrAppend(&line, problem.message);
    if (line.size() > 2 * kMaxProblemBytes) {
      line = absl::StrCat(line.substr(0, kMaxProblemBytes), "...");
    }
    return line;
  }

  PolicyPlaces places_;
  const v1::Policy policy_;
  std::vector<PolicyProblem> problems_;
  const bool is_broken_;
  Environment environment_;
  const Defines defines_;
  std::set<std::string> ids_;
  CompiledPolicy compiled_;
};

absl::StatusOr<CompiledPolicy> CompileRead(absl::string_view text,
                                           absl::string_view file,
                                           bool textproto,
                                           const Environment& environment) {
  if (file.empty()) file = "policy";
  if (text.size() > kMaxPolicyBytes) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "BAD_POLICY",
        absl::StrCat(file, ":1:1: the policy has ", text.size(),
                     " bytes and is longer than ", kMaxPolicyBytes,
                     "; split it"),
        {{"file", std::string(file)}, {"line", "1"}, {"column", "1"}});
  }
  return Compiler(textproto ? ReadPolicyTextproto(text, file)
                            : ReadPolicyYaml(text, file),
                  environment)
      .Run();
}

}  // namespace

absl::string_view RuleKindName(RuleKind kind) {
  switch (kind) {
    case RuleKind::kRequire:
      return "require";
    case RuleKind::kForbid:
      return "forbid";
    case RuleKind::kPrefer:
      return "prefer";
    case RuleKind::kWarn:
      return "warn";
    case RuleKind::kOblige:
      return "oblige";
  }
  return "";
}

absl::StatusOr<CompiledPolicy> CompilePolicy(const v1::Policy& policy,
                                             const Environment& environment) {
  if (policy.ByteSizeLong() > 2 * kMaxPolicyBytes) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_POLICY",
                     absl::StrCat("the policy has ", policy.ByteSizeLong(),
                                  " bytes; at most ", 2 * kMaxPolicyBytes,
                                  " are allowed; split it"));
  }
  return Compiler({policy, {}, {}, false}, environment).Run();
}

absl::StatusOr<CompiledPolicy> CompilePolicyText(
    absl::string_view text, absl::string_view file,
    const Environment& environment) {
  const bool textproto =
      absl::EndsWith(file, ".textproto") || absl::EndsWith(file, ".txtpb");
  return CompileRead(text, file, textproto, environment);
}

absl::StatusOr<CompiledPolicy> CompilePolicyYaml(
    absl::string_view text, absl::string_view file,
    const Environment& environment) {
  return CompileRead(text, file, /*textproto=*/false, environment);
}

}  // namespace meridian::analysis
