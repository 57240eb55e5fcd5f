#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis_service/expression_ast.h"
#include "analysis_service/groups.h"
#include "analysis_service/policy_cost.h"

namespace meridian::analysis {
namespace {

using internal::Node;
using internal::Op;

// `fact OP threshold` in the body of a rule.
struct Comparison {
  int player = 0;
  std::string text;  // as written
  std::string fact;
  // True: `fact` is compared by < or <=, so that raising the threshold makes
  // the comparison true.
  bool rises = false;
  bool or_equal = false;
  double threshold = 0;
  // The body with the comparison settled.
  std::string body_if_true;
  std::string body_if_false;
};

std::optional<double> LiteralNumber(const Node& node) {
  if (node.op == Op::kNegate) {
    const auto number = LiteralNumber(*node.children[0]);
    if (!number.has_value()) return std::nullopt;
    return -*number;
  }
  if (node.op != Op::kLiteral || !node.type.is_number()) return std::nullopt;
  return static_cast<double>(node.number);
}

bool IsOrdered(Op op) {
  return op == Op::kLess || op == Op::kLessOrEqual || op == Op::kGreater ||
         op == Op::kGreaterOrEqual;
}

// Comparisons outside of quantifiers, where every part has one value for a
// subject.
void Collect(const Node& node, const std::string& body, int player,
             std::vector<Comparison>* found) {
  switch (node.op) {
    case Op::kAll:
    case Op::kExists:
    case Op::kExistsOne:
    case Op::kFilter:
    case Op::kTransform:
    case Op::kDefine:  // its offsets are of another text
      return;
    default:
      break;
  }
  for (const auto& child : node.children) {
    Collect(*child, body, player, found);
  }
  if (!IsOrdered(node.op)) return;
  const Node* fact = node.children[0].get();
  const Node* limit = node.children[1].get();
  bool less = node.op == Op::kLess || node.op == Op::kLessOrEqual;
  if (LiteralNumber(*fact).has_value()) {
    std::swap(fact, limit);
    less = !less;
  }
  const auto threshold = LiteralNumber(*limit);
  if (!threshold.has_value() || LiteralNumber(*fact).has_value() ||
      !fact->type.is_number()) {
    return;
  }
  const auto settled = [&](absl::string_view value) {
    return absl::StrCat(body.substr(0, node.begin), value,
                        body.substr(node.end));
  };
  Comparison& comparison = found->emplace_back();
  comparison.player = player;
  comparison.text = body.substr(node.begin, node.end - node.begin);
  comparison.fact = body.substr(fact->begin, fact->end - fact->begin);
  comparison.rises = less;
  comparison.or_equal =
      node.op == Op::kLessOrEqual || node.op == Op::kGreaterOrEqual;
  comparison.threshold = *threshold;
  comparison.body_if_true = settled("true");
  comparison.body_if_false = settled("false");
}

// A threshold, or just below (-1) or above (1) it.
struct Point {
  double at = 0;
  int side = 0;
};

// For which thresholds a choosable passes.
struct Passes {
  int row = 0;
  bool always = false;
  bool upward = false;  // from `at` on, else up to it
  double at = 0;
  bool inclusive = false;

  bool Contains(const Point& point) const {
    if (always) return true;
    if (point.at != at) return upward ? point.at > at : point.at < at;
    if (point.side == 0) return inclusive;
    return upward == (point.side > 0);
  }
};

// What the rule says of a subject when the comparison has a truth.
bool Admits(Truth body, Truth applies, const CompiledRule& rule) {
  Truth satisfied = body;
  if (rule.forbids && body != Truth::kUnknown) {
    satisfied = body == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
  }
  if (applies == Truth::kFalse || satisfied == Truth::kTrue) return true;
  if (applies == Truth::kTrue && satisfied == Truth::kFalse) return false;
  return rule.on_unknown == v1::ON_UNKNOWN_ADMIT;
}

class Sweep {
 public:
  Sweep(const JudgedBoard& judged, const std::vector<Choosable>& choosables,
        const CostPlayers& players, PolicyRun& run)
      : judged_(judged),
        choosables_(choosables),
        players_(players),
        run_(run),
        environment_(MakeEnvironment(run.catalog())) {
    for (const v1::NamedSet& set : run.policy().policy.sets()) {
      environment_.sets[set.name()] = {set.members().begin(),
                                       set.members().end()};
    }
  }

  void Add(const Comparison& comparison, std::vector<v1::Breakpoint>* out) {
    const auto passes = PassesOf(comparison);
    if (!passes.has_value()) return;
    std::set<double> ends;
    for (const Passes& one : *passes) {
      if (!one.always) ends.insert(one.at);
    }
    const auto best = [&](const Point& point) {
      for (const Passes& one : *passes) {
        if (one.Contains(point)) return one.row;
      }
      return -1;
    };
    const double now = comparison.threshold;
    const int today = judged_.best_certain();
    std::vector<v1::Breakpoint> found;
    const auto step = [&](const Point& point, int* last) {
      const int row = best(point);
      if (row == *last) return;
      *last = row;
      if (row < 0) return;
      v1::Breakpoint& breakpoint = found.emplace_back();
      breakpoint.set_rule(RuleOf(comparison).id);
      breakpoint.set_comparison(comparison.text);
      breakpoint.set_threshold(point.at);
      breakpoint.set_model(run_.catalog()
                               .resolution()
                               .entity(judged_.board.rows[row].entity)
                               .name);
      breakpoint.set_gains_points(
          (today < 0 ? judged_.Floor() : judged_.Loss(today)) -
          judged_.Loss(row));
    };
    int last = best({now, 0});
    for (auto it = ends.lower_bound(now); it != ends.end(); ++it) {
      if (*it != now) step({*it, 0}, &last);
      step({*it, 1}, &last);
    }
    last = best({now, 0});
    for (auto it = std::make_reverse_iterator(ends.upper_bound(now));
         it != ends.rend(); ++it) {
      if (*it != now) step({*it, 0}, &last);
      step({*it, -1}, &last);
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const v1::Breakpoint& a, const v1::Breakpoint& b) {
                       return a.threshold() < b.threshold();
                     });
    for (v1::Breakpoint& breakpoint : found) {
      out->push_back(std::move(breakpoint));
    }
  }

 private:
  const CompiledRule& RuleOf(const Comparison& comparison) const {
    return run_.policy().rules[players_.rules[comparison.player]];
  }

  // By choosable that no other rule blocks, best first. Nothing when a part
  // cannot stand alone, as with a variable of a quantifier.
  std::optional<std::vector<Passes>> PassesOf(const Comparison& comparison) {
    const auto fact = CompileNumber(comparison.fact, environment_);
    const auto if_true = Compile(comparison.body_if_true, environment_);
    const auto if_false = Compile(comparison.body_if_false, environment_);
    if (!fact.ok() || !if_true.ok() || !if_false.ok()) return std::nullopt;
    const CompiledRule& rule = RuleOf(comparison);
    std::vector<Passes> passes;
    for (const Choosable& choosable : choosables_) {
      PlayerMask others = choosable.blocked;
      others.reset(comparison.player);
      if (others.any()) continue;
      const std::unique_ptr<FactSource> facts = run_.FactsOf(choosable.subject);
      const Truth applies = rule.applies_when.has_value()
                                ? Evaluate(*rule.applies_when, *facts).truth
                                : Truth::kTrue;
      const bool with = IsWaived(choosable, comparison) ||
                        Admits(Evaluate(*if_true, *facts).truth, applies, rule);
      const bool without =
          IsWaived(choosable, comparison) ||
          Admits(Evaluate(*if_false, *facts).truth, applies, rule);
      if (!with && !without) continue;
      Passes& one = passes.emplace_back();
      one.row = choosable.row;
      one.always = with && without;
      if (one.always) continue;
      const FactValue value = EvaluateNumber(*fact, *facts);
      if (!value.known()) {
        // Whatever the threshold, the comparison is unknown.
        if (rule.on_unknown == v1::ON_UNKNOWN_ADMIT) {
          one.always = true;
        } else {
          passes.pop_back();
        }
        continue;
      }
      const NumberRange range = std::get<NumberRange>(value.value);
      // True for every number of the range: above its high end when the
      // comparison rises, below its low end when not; false likewise.
      one.upward = comparison.rises == with;
      // A rule that admits the unknown passes as soon as it may be.
      const bool far = rule.on_unknown != v1::ON_UNKNOWN_ADMIT;
      one.at = one.upward == far ? range.high : range.low;
      one.inclusive = comparison.or_equal == with;
    }
    return passes;
  }

  bool IsWaived(const Choosable& choosable, const Comparison& comparison) {
    if (run_.policy().policy.waivers().empty()) return false;
    return run_.Judge(choosable.subject)
               .rules[players_.rules[comparison.player]]
               .waiver >= 0;
  }

  const JudgedBoard& judged_;
  const std::vector<Choosable>& choosables_;
  const CostPlayers& players_;
  PolicyRun& run_;
  Environment environment_;
};

}  // namespace

std::vector<v1::Breakpoint> FindBreakpoints(
    const JudgedBoard& judged, const std::vector<Choosable>& choosables,
    const CostPlayers& players, PolicyRun& run) {
  std::vector<v1::Breakpoint> breakpoints;
  Sweep sweep(judged, choosables, players, run);
  for (size_t player = 0; player < players.rules.size(); ++player) {
    const Expression& body = run.policy().rules[players.rules[player]].body;
    std::vector<Comparison> comparisons;
    Collect(body.root(), body.text(), static_cast<int>(player), &comparisons);
    for (const Comparison& comparison : comparisons) {
      sweep.Add(comparison, &breakpoints);
    }
  }
  return breakpoints;
}

}  // namespace meridian::analysis
