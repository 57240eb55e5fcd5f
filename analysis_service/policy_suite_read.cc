// Suites from YAML text.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/policy_source.h"
#include "analysis_service/policy_suite.h"
#include "common/base/dates.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "common/records/record_yaml.h"
#include "common/yaml/yaml.h"

namespace meridian::analysis {
namespace {

constexpr size_t kMaxProblemsTold = 20;

class SuiteReader {
 public:
  explicit SuiteReader(absl::string_view file) : file_(file) {}

  absl::StatusOr<PolicySuite> Read(const YamlValue& root) {
    if (!root.is_map()) {
      Problem(root, "a suite is a mapping with policies, fixtures and cases");
      return Failure();
    }
    for (const YamlValue& entry : root.children) ReadEntry(entry);
    for (const char* key : {"policies", "cases"}) {
      if (root.Find(key) == nullptr) {
        Problem(root, absl::StrCat("the suite has no '", key, "'"));
      }
    }
    if (!problems_.empty()) return Failure();
    return std::move(suite_);
  }

 private:
  void Problem(const YamlValue& at, absl::string_view message) {
    problems_.push_back(
        absl::StrCat(file_, ":", at.line, ":", at.column, ": ", message));
  }
  void UnknownKey(const YamlValue& entry,
                  const std::vector<std::string>& known) {
    Problem(entry, absl::StrCat("'", entry.key, "' has no meaning here",
                                DidYouMean(entry.key, known),
                                " Known: ", absl::StrJoin(known, ", ")));
  }
  absl::Status Failure() {
    const size_t count = problems_.size();
    if (count > kMaxProblemsTold) {
      problems_.resize(kMaxProblemsTold);
      problems_.push_back(
          absl::StrCat(count - kMaxProblemsTold, " more problems"));
    }
    return MakeError(
        absl::StatusCode::kInvalidArgument, "BAD_SUITE",
        absl::StrJoin(problems_, "\n"),
        {{"file", std::string(file_)}, {"problems", absl::StrCat(count)}});
  }

  std::string Text(const YamlValue& entry) {
    if (entry.is_scalar() && !entry.text.empty()) return entry.text;
    Problem(entry, absl::StrCat("'", entry.key, "' is ", entry.TypeName(),
                                "; write one value"));
    return "";
  }
  std::string DayText(const YamlValue& entry) {
    std::string text = Text(entry);
    const auto day = ParseDay(text);
    if (!text.empty() && !day.ok()) Problem(entry, day.status().message());
    return text;
  }
  std::vector<std::string> List(const YamlValue& entry) {
    std::vector<std::string> items;
    if (!entry.is_list()) {
      Problem(entry, absl::StrCat("'", entry.key, "' is ", entry.TypeName(),
                                  "; write a list: [a, b]"));
      return items;
    }
    for (const YamlValue& item : entry.children) {
      if (!item.is_scalar()) {
        Problem(item, absl::StrCat("a list of words is needed; this is ",
                                   item.TypeName()));
        continue;
      }
      items.push_back(item.text);
    }
    return items;
  }
  std::string OneOf(const YamlValue& at, const std::string& word,
                    const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), word) != known.end()) return word;
    Problem(at, absl::StrCat("'", word, "' is not expected here",
                             DidYouMean(word, known),
                             " Known: ", absl::StrJoin(known, ", ")));
    return "";
  }
  v1::Verdict VerdictOf(const YamlValue& at, const std::string& word) {
    v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
    const std::string known =
        OneOf(at, word, {"ADMISSIBLE", "EXCLUDED", "UNDETERMINED"});
    if (!known.empty()) {
      v1::Verdict_Parse(absl::StrCat("VERDICT_", known), &verdict);
    }
    return verdict;
  }
  std::vector<std::pair<std::string, std::string>> Truths(
      const YamlValue& entry) {
    std::vector<std::pair<std::string, std::string>> truths;
    if (!entry.is_map()) {
      Problem(entry,
              absl::StrCat("'", entry.key, "' is a mapping: RULE: TRUE"));
      return truths;
    }
    for (const YamlValue& rule : entry.children) {
      // YAML reads `true` as a Boolean of the same name.
      std::string word = rule.text;
      if (rule.type == YamlValue::Type::kBool) {
        word = word == "true" ? "TRUE" : "FALSE";
      }
      truths.emplace_back(rule.key,
                          OneOf(rule, word, {"TRUE", "FALSE", "UNKNOWN"}));
    }
    return truths;
  }
  template <typename Message>
  Message Fields(const YamlValue& entry) {
    Message message;
    PolicyPlaces places;
    std::vector<PolicyProblem> problems;
    ReadYamlMessage(entry, "", &message, &places, &problems);
    for (const PolicyProblem& problem : problems) {
      problems_.push_back(absl::StrCat(file_, ":", problem.place.line, ":",
                                       problem.place.column, ": ",
                                       problem.message));
    }
    return message;
  }

  void ReadEntry(const YamlValue& entry) {
    if (entry.key == "suite") {
      suite_.name = Text(entry);
    } else if (entry.key == "policies") {
      suite_.policies = List(entry);
    } else if (entry.key == "as_of") {
      suite_.as_of = DayText(entry);
    } else if (entry.key == "catalog") {
      if (entry.type != YamlValue::Type::kBool) {
        Problem(entry, "'catalog' is true or false");
      }
      suite_.catalog = entry.text == "true";
    } else if (entry.key == "fixtures") {
      ReadFixtures(entry);
    } else if (entry.key == "cases") {
      ReadCases(entry);
    } else {
      UnknownKey(entry, {"suite", "policies", "as_of", "catalog", "fixtures",
                         "cases"});
    }
  }

  void ReadFixtures(const YamlValue& entry) {
    if (entry.is_map()) return ReadSource(entry, "/fixtures", "");
    if (!entry.is_list()) {
      return Problem(entry,
                     "'fixtures' is a mapping: organizations: [...], or a list "
                     "of such with a 'source'");
    }
    std::set<std::string> sources;
    for (size_t i = 0; i < entry.children.size(); ++i) {
      const YamlValue& item = entry.children[i];
      const YamlValue* named = item.Find("source");
      if (!item.is_map() || (named != nullptr && !named->is_string())) {
        Problem(item, "fixtures in a list are mappings, 'source' is a name");
        continue;
      }
      const std::string source = named == nullptr ? "" : named->text;
      if (!sources.insert(source).second) {
        Problem(item, absl::StrCat("the source '", source,
                                   "' is used twice; merge the two"));
      }
      ReadSource(item, absl::StrCat("/fixtures/", i), source);
    }
  }

  void ReadSource(const YamlValue& mapping, std::string pointer,
                  const std::string& source) {
    RecordYamlOptions options;
    options.pointer = std::move(pointer);
    if (!source.empty()) options.head = {"source"};
    auto records = ReadRecords(file_, mapping, options);
    if (records.ok()) {
      suite_.fixtures.push_back({source, *std::move(records)});
    } else {
      problems_.emplace_back(records.status().message());
    }
  }

  void ReadCases(const YamlValue& entry) {
    if (!entry.is_list() || entry.children.empty()) {
      return Problem(entry, "'cases' is a list; it needs at least one");
    }
    if (entry.children.size() > kMaxSuiteCases) {
      return Problem(entry, absl::StrCat("more than ", kMaxSuiteCases,
                                         " cases; split the suite"));
    }
    std::set<std::string> names;
    for (const YamlValue& item : entry.children) {
      if (!item.is_map()) {
        Problem(item, "a case is a mapping with name, model and expect");
        continue;
      }
      SuiteCase one;
      for (const YamlValue& field : item.children) ReadCaseField(field, &one);
      if (one.name.empty()) {
        Problem(item, "the case has no 'name'");
      } else if (!names.insert(one.name).second) {
        Problem(item, absl::StrCat("the name '", one.name, "' is used twice"));
      }
      if (one.portfolio.empty() && one.models.empty()) {
        Problem(item, "the case has no 'model', 'matrix' or 'portfolio'");
      }
      if (!one.models.empty() && !ExpectsSomething(one)) {
        Problem(item, "the case expects nothing; write 'expect'");
      }
      suite_.cases.push_back(std::move(one));
    }
  }

  static bool ExpectsSomething(const SuiteCase& one) {
    return !one.expect.empty() || !one.rules.empty() || !one.reasons.empty() ||
           !one.facts.empty() || !one.obligations.empty() ||
           !one.warnings.empty() || !one.explains.empty() ||
           one.by_default.has_value() || one.waived.has_value() ||
           one.preference.has_value();
  }

  static std::vector<std::string> Sorted(std::vector<std::string> list) {
    std::sort(list.begin(), list.end());
    return list;
  }

  void ReadCaseField(const YamlValue& field, SuiteCase* out) {
    const std::string& key = field.key;
    if (key == "name") {
      out->name = Text(field);
    } else if (key == "policy") {
      out->policy = Text(field);
    } else if (key == "model") {
      out->models = {Text(field)};
    } else if (key == "offering") {
      out->offering = Fields<v1::OfferingRef>(field);
    } else if (key == "deployer") {
      out->deployer = Fields<v1::Deployer>(field);
    } else if (key == "as_of") {
      out->as_of = DayText(field);
    } else if (key == "on") {
      out->on = DayText(field);
    } else if (key == "country_rule") {
      out->country_rule = Text(field);
    } else if (key == "expect") {
      out->expect = {VerdictOf(field, Text(field))};
    } else if (key == "matrix") {
      ReadMatrix(field, out);
    } else if (key == "rules") {
      out->rules = Truths(field);
    } else if (key == "portfolio") {
      out->portfolio = Truths(field);
    } else if (key == "by_default") {
      out->by_default = Sorted(List(field));
    } else if (key == "waived") {
      out->waived = Sorted(List(field));
    } else if (key == "reasons") {
      out->reasons = List(field);
      for (const std::string& reason : out->reasons) {
        v1::UnknownReason parsed;
        if (!v1::UnknownReason_Parse(absl::StrCat("UNKNOWN_REASON_", reason),
                                     &parsed)) {
          Problem(field, absl::StrCat("'", reason,
                                      "' is no reason why a fact "
                                      "is unknown"));
        }
      }
    } else if (key == "facts") {
      out->facts = List(field);
    } else if (key == "obligations") {
      out->obligations = List(field);
    } else if (key == "warnings") {
      out->warnings = List(field);
    } else if (key == "explains") {
      out->explains = List(field);
    } else if (key == "preference") {
      ReadPreference(field, out);
    } else {
      UnknownKey(field, {"name",        "policy",   "model",    "offering",
                         "deployer",    "as_of",    "on",       "country_rule",
                         "expect",      "matrix",   "rules",    "portfolio",
                         "by_default",  "waived",   "reasons",  "facts",
                         "obligations", "warnings", "explains", "preference"});
    }
  }

  void ReadPreference(const YamlValue& field, SuiteCase* out) {
    const std::vector<std::string> ends = List(field);
    double low = 0, high = 0;
    if (ends.size() != 2 || !absl::SimpleAtod(ends[0], &low) ||
        !absl::SimpleAtod(ends[1], &high) || !(low <= high)) {
      return Problem(field, "'preference' is two numbers: [certain, possible]");
    }
    out->preference = {low, high};
  }

  void ReadMatrix(const YamlValue& field, SuiteCase* out) {
    if (!field.is_map()) {
      return Problem(field, "'matrix' is a mapping with models and expect");
    }
    for (const YamlValue& entry : field.children) {
      if (entry.key == "models") {
        out->models = List(entry);
      } else if (entry.key == "expect") {
        for (const std::string& word : List(entry)) {
          out->expect.push_back(VerdictOf(entry, word));
        }
      } else {
        UnknownKey(entry, {"models", "expect"});
      }
    }
    if (out->models.size() != out->expect.size() || out->models.empty()) {
      Problem(field, absl::StrCat("the matrix has ", out->models.size(),
                                  " models and ", out->expect.size(),
                                  " verdicts; it needs one for each"));
    }
  }

  const absl::string_view file_;
  PolicySuite suite_;
  std::vector<std::string> problems_;
};

}  // namespace

absl::StatusOr<PolicySuite> ParseSuite(absl::string_view text,
                                       absl::string_view file) {
  if (file.empty()) file = "suite";
  if (text.size() > kMaxSuiteBytes) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_SUITE",
                     absl::StrCat(file, ":1:1: ", text.size(),
                                  " bytes; a suite has at most ",
                                  kMaxSuiteBytes, "; split it"),
                     {{"file", std::string(file)}});
  }
  const auto root = ParseYaml(text, file);
  if (!root.ok()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_SUITE",
                     root.status().message(), GetErrorDetails(root.status()));
  }
  return SuiteReader(file).Read(*root);
}

}  // namespace meridian::analysis
