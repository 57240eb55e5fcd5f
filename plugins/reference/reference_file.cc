#include "plugins/reference/reference_file.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/dates.h"
#include "common/base/status.h"
#include "common/records/vintage.h"
#include "common/base/suggest.h"
#include "common/records/canonical.h"
#include "common/yaml/yaml.h"
#include "plugins/formats/record_fields.h"

namespace meridian {
namespace {

using google::protobuf::FieldDescriptor;

constexpr size_t kMostErrors = 20;

// Reads one file; keeps errors until the end, so that a person sees all of
// them at once.
class FileReader {
 public:
  explicit FileReader(absl::string_view file) : file_(file) {}

  absl::StatusOr<ReferenceFile> Read(const YamlValue& tree) {
    if (!tree.is_map()) {
      return YamlError(file_, tree,
                       absl::StrCat("expected a mapping with 'vintage' and "
                                    "lists of records, this is ",
                                    tree.TypeName()));
    }
    ReadHead(tree);
    for (const YamlValue& entry : tree.children) ReadEntry(entry);
    RETURN_IF_ERROR(Error());
    return std::move(result_);
  }

 private:
  void ReadHead(const YamlValue& tree) {
    ReadVintage(tree);
    const YamlValue* publisher = tree.Find("publisher");
    if (publisher != nullptr && !publisher->is_string()) {
      Fail(YamlError(file_, *publisher, "'publisher' must be a string"));
      publisher = nullptr;
    }
    if (publisher != nullptr) publisher_ = publisher->text;
    if (const YamlValue* cites = tree.Find("cites"); cites != nullptr) {
      file_cites_ = ReadCites(*cites);
    }
  }

  void ReadVintage(const YamlValue& tree) {
    const YamlValue* vintage = tree.Find("vintage");
    if (vintage == nullptr) {
      Fail(YamlError(file_, tree,
                     "'vintage' is missing; state when this file was put "
                     "out, e.g. vintage: 2026-04-01"));
      return;
    }
    const auto range = ParseDate(vintage->text);
    if (!range.ok()) {
      Fail(YamlError(file_, *vintage,
                     absl::StrCat("'vintage': '", vintage->text,
                                  "' is not a date such as 2026-04-01")));
      return;
    }
    result_.vintage = MakeVintage(vintage->text, v1::VINTAGE_BASIS_STATED);
  }

  void ReadEntry(const YamlValue& entry) {
    const std::vector<std::string> head = {"vintage", "publisher", "cites"};
    for (const std::string& key : head) {
      if (entry.key == key) return;
    }
    const FieldDescriptor* kind = FindRecordKindByPlural(entry.key);
    if (kind == nullptr) {
      std::vector<std::string> known = RecordKindPlurals();
      known.insert(known.end(), head.begin(), head.end());
      Fail(YamlError(file_, entry,
                     absl::StrCat("'", entry.key, "' is not a kind of record",
                                  DidYouMean(entry.key, known), " Known: ",
                                  absl::StrJoin(RecordKindPlurals(), ", "))));
      return;
    }
    if (!entry.is_list()) {
      Fail(YamlError(file_, entry,
                     absl::StrCat("'", entry.key, "' must be a list, this is ",
                                  entry.TypeName())));
      return;
    }
    const std::string pointer = JsonPointer("", entry.key);
    for (size_t i = 0; i < entry.children.size(); ++i) {
      const absl::Status read = ReadItem(*kind, entry.children[i],
                                         JsonPointer(pointer, absl::StrCat(i)));
      if (!read.ok()) Fail(read);
    }
  }

  absl::Status ReadItem(const FieldDescriptor& kind, const YamlValue& item,
                        const std::string& pointer) {
    if (!item.is_map()) {
      return YamlError(file_, item,
                       absl::StrCat("expected the fields of a ", kind.name(),
                                    ", this is ", item.TypeName()));
    }
    v1::Record record;
    record.mutable_locator()->set_line(item.line);
    record.mutable_locator()->set_pointer(pointer);
    if (file_cites_.has_value()) *record.mutable_cites() = *file_cites_;
    YamlValue fields = item;
    if (const YamlValue* cites = item.Find("cites"); cites != nullptr) {
      std::optional<v1::Citation> own = ReadCites(*cites);
      if (own.has_value()) *record.mutable_cites() = *std::move(own);
    }
    if (const YamlValue* notes = item.Find("notes"); notes != nullptr) {
      RETURN_IF_ERROR(ReadNotes(*kind.message_type(), *notes, &record));
    }
    auto is_record_field = [](const YamlValue& field) {
      return field.key == "cites" || field.key == "notes";
    };
    fields.children.erase(
        std::remove_if(fields.children.begin(), fields.children.end(),
                       is_record_field),
        fields.children.end());
    RETURN_IF_ERROR(SetFromYaml(
        file_, fields, record.GetReflection()->MutableMessage(&record, &kind)));
    RETURN_IF_ERROR(CheckKey(item, record));
    result_.records.push_back(std::move(record));
    return absl::OkStatus();
  }

  // nullopt after an error.
  std::optional<v1::Citation> ReadCites(const YamlValue& cites) {
    v1::Citation citation;
    absl::Status read;
    if (!cites.is_map()) {
      read = YamlError(file_, cites,
                       absl::StrCat("'cites' must be a mapping with "
                                    "publisher, title, figure, url, date, "
                                    "this is ",
                                    cites.TypeName()));
    } else {
      read = SetFromYaml(file_, cites, &citation);
    }
    if (!read.ok()) {
      Fail(read);
      return std::nullopt;
    }
    if (!citation.has_publisher() && !publisher_.empty()) {
      citation.set_publisher(publisher_);
    }
    return citation;
  }

  absl::Status ReadNotes(const google::protobuf::Descriptor& kind,
                         const YamlValue& notes, v1::Record* record) {
    if (!notes.is_list()) {
      return YamlError(file_, notes,
                       absl::StrCat("'notes' must be a list of {field, kind, "
                                    "text}, this is ",
                                    notes.TypeName()));
    }
    for (const YamlValue& note : notes.children) {
      if (!note.is_map()) {
        return YamlError(file_, note, "a note is {field, kind, text}");
      }
      RETURN_IF_ERROR(SetFromYaml(file_, note, record->add_notes()));
      const YamlValue* field = note.Find("field");
      if (field != nullptr && kind.FindFieldByName(field->text) == nullptr) {
        return YamlError(
            file_, *field,
            absl::StrCat("'", field->text, "' is not a field of ", kind.name(),
                         DidYouMean(field->text, FieldNames(kind))));
      }
    }
    return absl::OkStatus();
  }

  absl::Status CheckKey(const YamlValue& item, const v1::Record& record) {
    const auto hash = HashRecord(record);
    if (!hash.ok()) {
      return YamlError(file_, item, hash.status().message(),
                       ErrorReason(hash.status()));
    }
    const auto [other, is_new] = lines_.emplace(hash->key, item.line);
    if (is_new) return absl::OkStatus();
    return YamlError(
        file_, item,
        absl::StrCat("has the same key as the item of line ", other->second,
                     "; merge the two or delete one"),
        "DUPLICATE_RECORD");
  }

  void Fail(const absl::Status& error) {
    if (first_error_.ok()) first_error_ = error;
    if (messages_.size() < kMostErrors) {
      messages_.emplace_back(error.message());
    }
    ++error_count_;
  }

  absl::Status Error() const {
    if (first_error_.ok()) return absl::OkStatus();
    std::string message = absl::StrJoin(messages_, "\n");
    if (error_count_ > messages_.size()) {
      absl::StrAppend(&message, "\nand ", error_count_ - messages_.size(),
                      " more");
    }
    return MakeError(first_error_.code(), ErrorReason(first_error_), message,
                     GetErrorDetails(first_error_));
  }

  const std::string file_;
  std::string publisher_;
  std::optional<v1::Citation> file_cites_;
  std::map<KeyHash, uint32_t> lines_;
  ReferenceFile result_;
  absl::Status first_error_;
  std::vector<std::string> messages_;
  size_t error_count_ = 0;
};

}  // namespace

absl::StatusOr<ReferenceFile> ParseReferenceFile(absl::string_view text,
                                                 absl::string_view file) {
  ASSIGN_OR_RETURN(const YamlValue tree, ParseYaml(text, file));
  return FileReader(file).Read(tree);
}

}  // namespace meridian
