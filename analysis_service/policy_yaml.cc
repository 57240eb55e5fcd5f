// Policies from YAML text. Every problem is told with its place in the file;
// problems inside an expression are moved from the expression to the file.
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "analysis_service/policy.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "common/yaml/yaml.h"

namespace meridian::analysis {
namespace {

class PolicyReader {
 public:
  PolicyReader(absl::string_view text, absl::string_view file,
               const Environment& environment)
      : text_(text), file_(file), environment_(environment) {
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      lines_.push_back(line);
    }
  }

  absl::StatusOr<CompiledPolicy> Read(const YamlValue& root) {
    if (!root.is_map()) {
      Problem(root, absl::StrCat("a policy is a mapping with id, version and "
                                 "rules; this is ",
                                 root.TypeName()));
      return Failure();
    }
    for (const YamlValue& entry : root.children) ReadEntry(entry);
    Need(root, "id", policy_.id());
    Need(root, "version", policy_.version());
    if (root.Find("rules") == nullptr) {
      Problem(root, "the policy has no 'rules'; it needs at least one");
    }
    for (const auto& [rule, node] : rules_) CompileBody(rule, *node);
    if (!problems_.empty()) return Failure();
    auto compiled = CompilePolicy(policy_, environment_);
    if (!compiled.ok()) return Annotate(compiled.status(), file_);
    return compiled;
  }

 private:
  void Problem(const YamlValue& at, absl::string_view message) {
    ProblemAt(at.line, at.column, message);
  }
  void ProblemAt(uint32_t line, uint32_t column, absl::string_view message) {
    if (problems_.empty()) {
      first_line_ = line;
      first_column_ = column;
    }
    problems_.push_back(
        absl::StrCat(file_, ":", line, ":", column, ": ", message));
  }

  absl::Status Failure() const {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_POLICY",
                     absl::StrJoin(problems_, "\n"),
                     {{"file", std::string(file_)},
                      {"line", absl::StrCat(first_line_)},
                      {"column", absl::StrCat(first_column_)},
                      {"problems", absl::StrCat(problems_.size())}});
  }

  void Need(const YamlValue& root, absl::string_view key,
            const std::string& value) {
    if (value.empty() && root.Find(key) == nullptr) {
      Problem(root, absl::StrCat("the policy has no '", key, "'"));
    }
  }

  void UnknownKey(const YamlValue& entry,
                  const std::vector<std::string>& known) {
    Problem(entry, absl::StrCat("'", entry.key, "' has no meaning here",
                                DidYouMean(entry.key, known),
                                " Known: ", absl::StrJoin(known, ", ")));
  }

  std::string Text(const YamlValue& entry) {
    if (!entry.is_scalar()) {
      Problem(entry, absl::StrCat("'", entry.key, "' is ", entry.TypeName(),
                                  "; write one value"));
      return "";
    }
    if (entry.text.empty()) {
      Problem(entry, absl::StrCat("'", entry.key, "' is empty"));
    }
    return entry.text;
  }

  void ReadEntry(const YamlValue& entry) {
    if (entry.key == "id") {
      policy_.set_id(Text(entry));
    } else if (entry.key == "version") {
      policy_.set_version(Text(entry));
    } else if (entry.key == "title") {
      policy_.set_title(Text(entry));
    } else if (entry.key == "author_note") {
      policy_.set_author_note(Text(entry));
    } else if (entry.key == "references") {
      ReadList(entry, policy_.mutable_references());
    } else if (entry.key == "sets") {
      ReadSets(entry);
    } else if (entry.key == "rules") {
      ReadRules(entry);
    } else {
      UnknownKey(entry, {"id", "version", "title", "author_note", "references",
                         "sets", "rules"});
    }
  }

  void ReadList(const YamlValue& entry,
                google::protobuf::RepeatedPtrField<std::string>* out) {
    if (!entry.is_list()) {
      Problem(entry, absl::StrCat("'", entry.key, "' is ", entry.TypeName(),
                                  "; write a list: [a, b]"));
      return;
    }
    for (const YamlValue& item : entry.children) {
      if (!item.is_scalar()) {
        Problem(item, absl::StrCat("a list of words is needed; this is ",
                                   item.TypeName()));
        continue;
      }
      *out->Add() = item.text;
    }
  }

  void ReadSets(const YamlValue& entry) {
    if (!entry.is_map()) {
      Problem(entry, "'sets' is a mapping: NAME: [member, ...]");
      return;
    }
    for (const YamlValue& set : entry.children) {
      v1::NamedSet* named = policy_.add_sets();
      named->set_name(set.key);
      ReadList(set, named->mutable_members());
      extended_sets_[set.key] = {named->members().begin(),
                                 named->members().end()};
    }
  }

  void ReadRules(const YamlValue& entry) {
    if (!entry.is_list() || entry.children.empty()) {
      Problem(entry, "'rules' is a list of rules; it needs at least one");
      return;
    }
    if (entry.children.size() > kMaxPolicyRules) {
      Problem(entry, absl::StrCat("more than ", kMaxPolicyRules, " rules"));
      return;
    }
    std::set<std::string> ids;
    for (const YamlValue& item : entry.children) {
      if (!item.is_map()) {
        Problem(item, absl::StrCat("a rule is a mapping with id and require "
                                   "or forbid; this is ",
                                   item.TypeName()));
        continue;
      }
      v1::PolicyRule* rule = policy_.add_rules();
      ReadRule(item, rule);
      if (!rule->id().empty() && !ids.insert(rule->id()).second) {
        Problem(*item.Find("id"), absl::StrCat("rule id '", rule->id(),
                                               "' is used twice; ids are "
                                               "unique"));
      }
      rules_.emplace_back(policy_.rules_size() - 1, &item);
    }
  }

  void ReadRule(const YamlValue& item, v1::PolicyRule* rule) {
    if (item.Find("id") == nullptr) Problem(item, "the rule has no 'id'");
    const bool require = item.Find("require") != nullptr;
    const bool forbid = item.Find("forbid") != nullptr;
    if (require == forbid) {
      Problem(item, require ? "a rule has 'require' or 'forbid', not both"
                            : "the rule has neither 'require' nor 'forbid'");
    }
    for (const YamlValue& entry : item.children) {
      if (entry.key == "id") {
        rule->set_id(Text(entry));
      } else if (entry.key == "require") {
        rule->set_require(Text(entry));
      } else if (entry.key == "forbid") {
        rule->set_forbid(Text(entry));
      } else if (entry.key == "because") {
        rule->set_because(Text(entry));
      } else if (entry.key == "reference") {
        rule->set_reference(Text(entry));
      } else if (entry.key == "applies_when") {
        rule->set_applies_when(Text(entry));
      } else if (entry.key == "on_unknown") {
        ReadOnUnknown(entry, rule);
      } else {
        UnknownKey(entry, {"id", "require", "forbid", "because", "reference",
                           "applies_when", "on_unknown"});
      }
    }
  }

  void ReadOnUnknown(const YamlValue& entry, v1::PolicyRule* rule) {
    const std::string word = Text(entry);
    v1::OnUnknown value;
    if (v1::OnUnknown_Parse(absl::StrCat("ON_UNKNOWN_", word), &value) &&
        value != v1::ON_UNKNOWN_UNSPECIFIED) {
      rule->set_on_unknown(value);
      return;
    }
    const std::vector<std::string> known = {"UNDETERMINED", "EXCLUDE", "ADMIT"};
    Problem(entry,
            absl::StrCat("on_unknown is '", word, "'", DidYouMean(word, known),
                         " Known: ", absl::StrJoin(known, ", ")));
  }

  // Compiles the expressions of a rule, to tell their mistakes in the file.
  void CompileBody(int index, const YamlValue& item) {
    Environment extended = environment_;
    for (const auto& [name, members] : extended_sets_) {
      extended.sets[name] = members;
    }
    for (const char* key : {"require", "forbid", "applies_when"}) {
      const YamlValue* entry = item.Find(key);
      if (entry == nullptr || !entry->is_scalar() || entry->text.empty()) {
        continue;
      }
      const auto compiled = Compile(entry->text, extended);
      if (!compiled.ok()) {
        ExpressionProblem(policy_.rules(index).id(), *entry, compiled.status());
      }
    }
  }

  void ExpressionProblem(const std::string& rule, const YamlValue& entry,
                         const absl::Status& error) {
    uint32_t line = 1, column = 1;
    for (const auto& [name, value] : GetErrorDetails(error)) {
      if (name == "line") (void)absl::SimpleAtoi(value, &line);
      if (name == "column") (void)absl::SimpleAtoi(value, &column);
    }
    absl::string_view message = error.message();
    // "LINE:COLUMN: " of the expression gives way to the place in the file.
    message.remove_prefix(message.find(": ") + 2);
    const auto [file_line, file_column] = PlaceOf(entry, line, column);
    ProblemAt(file_line, file_column,
              absl::StrCat("rule '", rule, "': ", message));
  }

  // Where the place (line, column) of a scalar's text stands in the file. For
  // forms in which text and file differ (folded blocks, escapes) the place of
  // the key.
  std::pair<uint32_t, uint32_t> PlaceOf(const YamlValue& entry, uint32_t line,
                                        uint32_t column) const {
    const absl::string_view key_line = lines_[entry.line - 1];
    size_t at = key_line.find(':', entry.column - 1 + entry.key.size());
    if (at == absl::string_view::npos) return {entry.line, entry.column};
    at = key_line.find_first_not_of(" \t", at + 1);
    if (at == absl::string_view::npos) return {entry.line, entry.column};
    if (key_line[at] == '|') {
      const size_t block_line = entry.line + line - 1;  // from 0
      if (block_line >= lines_.size()) return {entry.line, entry.column};
      const size_t indent =
          lines_[entry.line].find_first_not_of(' ');  // of the first line
      return {static_cast<uint32_t>(block_line + 1),
              static_cast<uint32_t>(indent + column)};
    }
    if (key_line[at] == '"' || key_line[at] == '\'') ++at;
    if (line == 1 && absl::StartsWith(key_line.substr(at), entry.text)) {
      return {entry.line, static_cast<uint32_t>(at + column)};
    }
    return {entry.line, entry.column};
  }

  const absl::string_view text_;
  const absl::string_view file_;
  const Environment& environment_;
  std::vector<absl::string_view> lines_;
  v1::Policy policy_;
  std::map<std::string, std::vector<std::string>> extended_sets_;
  std::vector<std::pair<int, const YamlValue*>> rules_;
  std::vector<std::string> problems_;
  uint32_t first_line_ = 0, first_column_ = 0;
};

}  // namespace

absl::StatusOr<CompiledPolicy> CompilePolicyYaml(
    absl::string_view text, absl::string_view file,
    const Environment& environment) {
  if (text.size() > kMaxPolicyBytes) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_POLICY",
                     absl::StrCat(file, ": longer than ", kMaxPolicyBytes,
                                  " bytes; split the policy"),
                     {{"file", std::string(file)}});
  }
  const auto root = ParseYaml(text, file);
  if (!root.ok()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_POLICY",
                     root.status().message(), GetErrorDetails(root.status()));
  }
  return PolicyReader(text, file, environment).Read(*root);
}

}  // namespace meridian::analysis
