#include "plugins/reference/reference_file.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/dates.h"
#include "common/base/status.h"
#include "common/records/record_yaml.h"
#include "common/records/vintage.h"
#include "common/yaml/yaml.h"

namespace meridian {
namespace {

absl::StatusOr<v1::Vintage> ReadVintage(absl::string_view file,
                                        const YamlValue& tree) {
  const YamlValue* vintage = tree.Find("vintage");
  if (vintage == nullptr) {
    return YamlError(file, tree,
                     "'vintage' is missing; state when this file was put "
                     "out, e.g. vintage: 2026-04-01");
  }
  if (!ParseDate(vintage->text).ok()) {
    return YamlError(file, *vintage,
                     absl::StrCat("'vintage': '", vintage->text,
                                  "' is not a date such as 2026-04-01"));
  }
  return MakeVintage(vintage->text, v1::VINTAGE_BASIS_STATED);
}

// A text at the top of a policy; empty when there is none.
absl::StatusOr<std::string> HeadText(absl::string_view file,
                                     const YamlValue& tree,
                                     absl::string_view key, bool is_date) {
  const YamlValue* value = tree.Find(key);
  if (value == nullptr) return std::string();
  if (!value->is_scalar() || (is_date && !ParseDate(value->text).ok())) {
    return YamlError(
        file, *value,
        absl::StrCat("'", key, "' must be ",
                     is_date ? "a date such as 2026-04-01" : "a text"));
  }
  return value->text;
}

}  // namespace

absl::StatusOr<ReferenceKind> KindOfReferenceFile(absl::string_view text,
                                                  absl::string_view file) {
  ASSIGN_OR_RETURN(const YamlValue tree, ParseYaml(text, file));
  if (!tree.is_map()) return ReferenceKind::kRecords;
  if (tree.Find("suite") != nullptr) return ReferenceKind::kSuite;
  return tree.Find("id") != nullptr && tree.Find("rules") != nullptr
             ? ReferenceKind::kPolicy
             : ReferenceKind::kRecords;
}

absl::StatusOr<v1::Record> ParsePolicyRecord(absl::string_view text,
                                             absl::string_view file) {
  ASSIGN_OR_RETURN(const YamlValue tree, ParseYaml(text, file));
  ASSIGN_OR_RETURN(const std::string id, HeadText(file, tree, "id", false));
  ASSIGN_OR_RETURN(const std::string version,
                   HeadText(file, tree, "version", false));
  ASSIGN_OR_RETURN(const std::string from,
                   HeadText(file, tree, "valid_from", true));
  ASSIGN_OR_RETURN(const std::string to,
                   HeadText(file, tree, "valid_to", true));
  v1::Record record;
  record.mutable_locator()->set_line(1);
  v1::StoredPolicy& policy = *record.mutable_stored_policy();
  policy.set_id(id);
  if (!version.empty()) policy.set_version(version);
  if (!from.empty()) policy.set_valid_from(from);
  if (!to.empty()) policy.set_valid_to(to);
  policy.set_text(std::string(text));
  return record;
}

absl::StatusOr<ReferenceFile> ParseReferenceFile(absl::string_view text,
                                                 absl::string_view file) {
  ASSIGN_OR_RETURN(const YamlValue tree, ParseYaml(text, file));
  if (!tree.is_map()) {
    return YamlError(file, tree,
                     absl::StrCat("expected a mapping with 'vintage' and "
                                  "lists of records, this is ",
                                  tree.TypeName()));
  }
  FileErrors errors;
  ReferenceFile result;
  const auto vintage = ReadVintage(file, tree);
  errors.Add(vintage.status());
  if (vintage.ok()) result.vintage = *vintage;
  const RecordYamlOptions options = {{"vintage"}, ""};
  result.records = ReadRecords(file, tree, options, &errors);
  RETURN_IF_ERROR(errors.Join());
  return result;
}

}  // namespace meridian
