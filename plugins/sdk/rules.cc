#include "plugins/sdk/rules.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/dates.h"
#include "common/base/utf8.h"
#include "common/records/canonical.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace meridian {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsJsonObject(const std::string& text) {
  google::protobuf::Struct parsed;
  return google::protobuf::util::JsonStringToMessage(text, &parsed).ok();
}

bool IsPluginId(absl::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

// Collects the first finding of each rule.
class Findings {
 public:
  void Add(absl::string_view rule, std::string message, absl::string_view fix) {
    if (!seen_.insert(std::string(rule)).second) return;
    found_.push_back({std::string(rule), std::move(message), std::string(fix)});
  }
  std::vector<Finding> Take() { return std::move(found_); }

 private:
  std::set<std::string> seen_;
  std::vector<Finding> found_;
};

void CheckLocator(const v1::Locator& locator, const std::string& what,
                  absl::string_view rule,
                  const std::map<uint32_t, int64_t>& lines,
                  Findings& findings) {
  if (!locator.has_document() || !lines.contains(locator.document())) {
    return findings.Add(
        rule, absl::StrCat(what, " names no document that was read"),
        "set locator.document to the request of the document's head");
  }
  const bool has_place = locator.line() > 0 || locator.has_pointer() ||
                         locator.has_column() || locator.page() > 0;
  if (!has_place) {
    return findings.Add(
        rule, absl::StrCat(what, " has no line, pointer, column or page"),
        "say where in the document it stands: evidence leads there");
  }
  if (locator.has_line_end() && locator.line_end() < locator.line()) {
    return findings.Add(rule, absl::StrCat(what, " ends before it begins"),
                        "line_end is the last line, counted from 1");
  }
  const int64_t known = lines.at(locator.document());
  if (std::max<int64_t>(locator.line(), locator.line_end()) >
      std::max<int64_t>(known, 1)) {
    findings.Add(rule,
                 absl::StrCat(what, " stands beyond the ", known,
                              " lines of its document"),
                 "count lines from 1, quoted line breaks included");
  }
}

bool IsDateField(absl::string_view name) {
  return name == "date" || absl::EndsWith(name, "_date") ||
         absl::StartsWith(name, "valid_");
}

// Names and dates of a message and of those inside it.
void CheckTexts(const Message& message, const std::string& what,
                Findings& findings) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count =
        field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        CheckTexts(field->is_repeated()
                       ? reflection->GetRepeatedMessage(message, field, i)
                       : reflection->GetMessage(message, field),
                   what, findings);
      }
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
      const std::string text =
          field->is_repeated()
              ? reflection->GetRepeatedString(message, field, i)
              : reflection->GetString(message, field);
      const bool has_control =
          std::any_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f; });
      // Notes are prose.
      if (field->name() != "text" &&
          (has_control || absl::StripAsciiWhitespace(text) != text)) {
        findings.Add("record.text",
                     absl::StrCat(what, ": ", field->name(), " is '",
                                  CleanUtf8(text, 80),
                                  "', with blanks around it or control "
                                  "characters"),
                     "strip it, else the same name is another name");
      }
      if (IsDateField(field->name()) && !ParseDate(text).ok()) {
        findings.Add(
            "record.date",
            absl::StrCat(what, ": ", field->name(), " is '", text, "'"),
            "write YYYY, YYYY-MM or YYYY-MM-DD, and nothing for no date");
      }
    }
  }
}

void CheckRecord(const v1::Record& record, const std::string& what,
                 Findings& findings) {
  v1::Record body = record;
  body.clear_locator();
  CheckTexts(body, what, findings);
  const v1::Score& score = record.score();
  const bool outside = (score.has_lower() && score.lower() > score.value()) ||
                       (score.has_upper() && score.upper() < score.value()) ||
                       (record.model().has_training_compute() &&
                        record.model().training_compute().low() >
                            record.model().training_compute().high());
  if (outside) {
    findings.Add("record.interval",
                 absl::StrCat(what, ": the value is outside of its interval"),
                 "lower and upper are ends in the board's unit, not distances "
                 "from the value");
  }
}

void CheckSnapshot(const ReadSnapshot& snapshot,
                   const std::map<uint32_t, int64_t>& lines,
                   Findings& findings) {
  const std::string name =
      absl::StrCat("snapshot '", snapshot.begin.stream(), "' of ",
                   snapshot.begin.vintage().date());
  if (snapshot.begin.stream().empty()) {
    findings.Add("snapshot.stream", "a snapshot has no stream",
                 "name what one publication replaces as a whole, e.g. "
                 "'text/raw'");
  }
  const v1::Vintage& vintage = snapshot.begin.vintage();
  if (!ParseDate(vintage.date()).ok() ||
      vintage.basis() == v1::VINTAGE_BASIS_UNSPECIFIED) {
    findings.Add("snapshot.vintage",
                 absl::StrCat(name, ": no vintage with its basis"),
                 "take the date that the document states (STATED), else "
                 "vintage_hint of the document's head as it is");
  }
  if (snapshot.begin.coverage().extent() == v1::Coverage::EXTENT_UNSPECIFIED) {
    findings.Add("snapshot.coverage", absl::StrCat(name, ": no coverage"),
                 "say ALL, TOP with its number, or SOME: it decides what "
                 "absence means");
  }
  if (!snapshot.ended) {
    findings.Add("snapshot.ended", absl::StrCat(name, ": not ended"),
                 "call End, or send EndSnapshot with the count");
  }
  ContentDigest digest;
  for (size_t i = 0; i < snapshot.records.size(); ++i) {
    const v1::Record& record = snapshot.records[i];
    const std::string what =
        absl::StrCat(name, ": record ", i, " (",
                     CleanUtf8(record.ShortDebugString(), 300), ")");
    const auto hash = HashRecord(record);
    if (!hash.ok()) {
      findings.Add("record.key",
                   absl::StrCat(what, ": ", hash.status().message()),
                   "reject the row instead, with what is missing");
      continue;
    }
    CheckLocator(record.locator(), what, "record.locator", lines, findings);
    CheckRecord(record, what, findings);
    if (digest.Add(*hash) == ContentDigest::Added::kConflictingDuplicate) {
      findings.Add("record.conflict",
                   absl::StrCat(what,
                                ": its key already stands for another "
                                "content"),
                   "find what tells the rows apart (configuration, date), "
                   "else reject the second");
    }
  }
}

}  // namespace

std::vector<Finding> CheckDescription(const v1::DescribeResponse& description) {
  Findings findings;
  constexpr absl::string_view kFix =
      "fill it in: it is what 'sources check' and --help show";
  if (!IsPluginId(description.id())) {
    findings.Add("describe",
                 absl::StrCat("Describe: id '", description.id(),
                              "' is not of [a-z0-9_-]+"),
                 "use lower case letters, digits, '_' and '-'");
  }
  for (const auto& [name, missing] :
       std::vector<std::pair<absl::string_view, bool>>{
           {"version", description.version().empty()},
           {"summary", description.summary().empty()},
           {"streams", description.streams().empty()},
           {"config_json_schema", description.config_json_schema().empty()},
           {"document_kinds", description.document_kinds().empty()}}) {
    if (missing) {
      findings.Add("describe", absl::StrCat("Describe: no ", name), kFix);
    }
  }
  if (!description.config_json_schema().empty() &&
      !IsJsonObject(description.config_json_schema())) {
    findings.Add("describe.schema",
                 "Describe: config_json_schema is not a JSON object",
                 R"(write at least {"type":"object"})");
  }
  return findings.Take();
}

std::vector<Finding> CheckResult(const ReadResult& result,
                                 const std::map<uint32_t, int64_t>& lines) {
  Findings findings;
  size_t seen = result.rejected.size();
  for (const ReadSnapshot& snapshot : result.snapshots) {
    CheckSnapshot(snapshot, lines, findings);
    seen += snapshot.records.size();
  }
  for (const v1::Rejected& rejected : result.rejected) {
    const std::string what =
        absl::StrCat("rejected row (", rejected.ShortDebugString(), ")");
    if (rejected.why().empty()) {
      findings.Add("rejected.why", absl::StrCat(what, " says no why"),
                   "say what is wrong and what was expected");
    }
    CheckLocator(rejected.locator(), what, "rejected.locator", lines, findings);
  }
  if (seen == 0) {
    findings.Add("read.something", "nothing was read from the documents",
                 "emit a record or reject a row for what stands there");
  }
  return findings.Take();
}

std::string Print(const ReadResult& result) {
  std::string text;
  for (const ReadSnapshot& snapshot : result.snapshots) {
    absl::StrAppend(&text, snapshot.begin.DebugString(), "--\n");
    for (const v1::Record& record : snapshot.records) {
      absl::StrAppend(&text, record.ShortDebugString(), "\n");
    }
  }
  for (const auto& rejected : result.rejected) {
    absl::StrAppend(&text, "rejected ", rejected.ShortDebugString(), "\n");
  }
  for (const auto& diagnostic : result.diagnostics) {
    absl::StrAppend(&text, "says ", diagnostic.ShortDebugString(), "\n");
  }
  return text;
}

std::string Differing(const std::string& first, const std::string& second) {
  const auto differ =
      std::mismatch(first.begin(), first.end(), second.begin(), second.end());
  const size_t at = static_cast<size_t>(differ.first - first.begin());
  const size_t from = at == 0 ? 0 : first.rfind('\n', at - 1) + 1;
  const auto excerpt = [&](const std::string& text) {
    return CleanUtf8(
        absl::string_view(text).substr(std::min(from, text.size()), 300), 300);
  };
  return absl::StrCat("'", excerpt(first), "' against '", excerpt(second), "'");
}

}  // namespace meridian
