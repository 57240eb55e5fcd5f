#include "common/records/record_yaml.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/dates.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "common/records/canonical.h"
#include "common/records/record_fields.h"

namespace meridian {
namespace {

using google::protobuf::FieldDescriptor;

constexpr size_t kMostErrors = 20;

class RecordReader {
 public:
  RecordReader(absl::string_view file, const RecordYamlOptions& options,
               FileErrors* errors)
      : file_(file), options_(options), errors_(errors) {}

  std::vector<v1::Record> Read(const YamlValue& mapping) {
    const YamlValue* publisher = mapping.Find("publisher");
    if (publisher != nullptr && !publisher->is_string()) {
      errors_->Add(
          YamlError(file_, *publisher, "'publisher' must be a string"));
      publisher = nullptr;
    }
    if (publisher != nullptr) publisher_ = publisher->text;
    if (const YamlValue* cites = mapping.Find("cites"); cites != nullptr) {
      common_cites_ = ReadCites(*cites);
    }
    for (const YamlValue& entry : mapping.children) ReadEntry(entry);
    return std::move(records_);
  }

 private:
  void ReadEntry(const YamlValue& entry) {
    std::vector<std::string> head = options_.head;
    head.insert(head.end(), {"publisher", "cites"});
    if (absl::c_linear_search(head, entry.key)) return;
    const FieldDescriptor* kind = FindRecordKindByPlural(entry.key);
    if (kind == nullptr) {
      std::vector<std::string> known = RecordKindPlurals();
      known.insert(known.end(), head.begin(), head.end());
      errors_->Add(YamlError(
          file_, entry,
          absl::StrCat("'", entry.key, "' is not a kind of record",
                       DidYouMean(entry.key, known),
                       " Known: ", absl::StrJoin(RecordKindPlurals(), ", "))));
      return;
    }
    if (!entry.is_list()) {
      errors_->Add(
          YamlError(file_, entry,
                    absl::StrCat("'", entry.key, "' must be a list, this is ",
                                 entry.TypeName())));
      return;
    }
    const std::string pointer = JsonPointer(options_.pointer, entry.key);
    for (size_t i = 0; i < entry.children.size(); ++i) {
      errors_->Add(ReadItem(*kind, entry.children[i],
                            JsonPointer(pointer, absl::StrCat(i))));
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
    if (common_cites_.has_value()) *record.mutable_cites() = *common_cites_;
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
    records_.push_back(std::move(record));
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
      errors_->Add(read);
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

  const std::string file_;
  const RecordYamlOptions& options_;
  FileErrors* const errors_;
  std::string publisher_;
  std::optional<v1::Citation> common_cites_;
  std::map<KeyHash, uint32_t> lines_;
  std::vector<v1::Record> records_;
};

bool IsSha256(absl::string_view text) {
  return text.size() == 64 && absl::c_all_of(text, [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c)) &&
                  !absl::ascii_isupper(static_cast<unsigned char>(c));
         });
}

// A line of the head. Nothing: it is missing.
std::optional<std::string> HeadText(absl::string_view file,
                                    const YamlValue& tree,
                                    absl::string_view key, FileErrors* errors) {
  const YamlValue* value = tree.Find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_scalar() || value->text.empty()) {
    errors->Add(YamlError(file, *value,
                          absl::StrCat("'", key, "' must be a text, this is ",
                                       value->TypeName())));
  }
  return value->text;
}

void ReadOwnHead(absl::string_view file, const YamlValue& tree,
                 FileErrors* errors, v1::OwnEvidence* evidence) {
  if (const auto author = HeadText(file, tree, "author", errors)) {
    evidence->set_author(*author);
  } else {
    errors->Add(YamlError(file, tree,
                          "'author' is missing; say who vouches for this "
                          "evidence"));
  }
  if (const auto date = HeadText(file, tree, "date", errors)) {
    evidence->set_date(*date);
    if (!ParseDay(*date).ok()) {
      errors->Add(YamlError(file, *tree.Find("date"),
                            absl::StrCat("'date': '", *date,
                                         "' is not a day such as 2026-04-01")));
    }
  } else {
    errors->Add(YamlError(file, tree,
                          "'date' is missing; say of which day the document "
                          "is, e.g. date: 2026-04-01"));
  }
  if (const auto sha256 = HeadText(file, tree, "document_sha256", errors)) {
    evidence->set_document_sha256(*sha256);
    if (!IsSha256(*sha256)) {
      errors->Add(YamlError(file, *tree.Find("document_sha256"),
                            "'document_sha256' must be 64 hex digits in lower "
                            "case, as sha256sum prints them"));
    }
  }
}

}  // namespace

void FileErrors::Add(const absl::Status& error) {
  if (error.ok()) return;
  if (first_.ok()) first_ = error;
  if (messages_.size() < kMostErrors) messages_.emplace_back(error.message());
  ++count_;
}

absl::Status FileErrors::Join() const {
  if (first_.ok()) return absl::OkStatus();
  std::string message = absl::StrJoin(messages_, "\n");
  if (count_ > messages_.size()) {
    absl::StrAppend(&message, "\nand ", count_ - messages_.size(), " more");
  }
  return MakeError(first_.code(), ErrorReason(first_), message,
                   GetErrorDetails(first_));
}

std::vector<v1::Record> ReadRecords(absl::string_view file,
                                    const YamlValue& mapping,
                                    const RecordYamlOptions& options,
                                    FileErrors* errors) {
  if (!mapping.is_map()) {
    errors->Add(YamlError(file, mapping,
                          absl::StrCat("expected a mapping with lists of "
                                       "records, this is ",
                                       mapping.TypeName())));
    return {};
  }
  return RecordReader(file, options, errors).Read(mapping);
}

absl::StatusOr<std::vector<v1::Record>> ReadRecords(
    absl::string_view file, const YamlValue& mapping,
    const RecordYamlOptions& options) {
  FileErrors errors;
  std::vector<v1::Record> records =
      ReadRecords(file, mapping, options, &errors);
  RETURN_IF_ERROR(errors.Join());
  return records;
}

absl::StatusOr<v1::OwnEvidence> ParseOwnEvidence(absl::string_view text,
                                                 absl::string_view file) {
  ASSIGN_OR_RETURN(const YamlValue tree, ParseYaml(text, file));
  if (!tree.is_map()) {
    return YamlError(file, tree,
                     absl::StrCat("expected a mapping with 'author', 'date' "
                                  "and lists of records, this is ",
                                  tree.TypeName()));
  }
  FileErrors errors;
  v1::OwnEvidence evidence;
  evidence.set_file_name(std::string(file));
  ReadOwnHead(file, tree, &errors, &evidence);
  const RecordYamlOptions options = {{"author", "date", "document_sha256"}, ""};
  for (v1::Record& record : ReadRecords(file, tree, options, &errors)) {
    *evidence.add_records() = std::move(record);
  }
  RETURN_IF_ERROR(errors.Join());
  return evidence;
}

}  // namespace meridian
