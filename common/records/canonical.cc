// The canonical encoding, as a grammar (all integers little-endian):
//
//   message = { field }                     in ascending field number
//   field   = u32 number, value | u32 number, 'R', u32 count, { value }
//   value   = 'b' u8 | 'i' i64 | 'd' f64 | 's' u32 size, bytes
//           | 'm' u32 size, message
//
// Unset fields, empty strings and enum values of 0 (which mean unset) are left
// out; -0.0 is written as 0.0. A record's content is the message Record
// without its locator; its key is u32 kind number and the message of its key
// fields.
#include "common/records/canonical.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace meridian {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

absl::Status BadRecord(absl::string_view message, absl::string_view field) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_RECORD", message,
                   {{"field", std::string(field)}});
}

void PutU32(uint32_t value, std::string* out) {
  char bytes[4];
  std::memcpy(bytes, &value, 4);
  out->append(bytes, 4);
}

void PutInt(uint32_t number, int64_t value, std::string* out) {
  PutU32(number, out);
  out->push_back('i');
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  out->append(bytes, 8);
}

void PutStringValue(absl::string_view value, std::string* out) {
  out->push_back('s');
  PutU32(static_cast<uint32_t>(value.size()), out);
  out->append(value.data(), value.size());
}

void PutString(uint32_t number, absl::string_view value, std::string* out) {
  if (value.empty()) return;
  PutU32(number, out);
  PutStringValue(value, out);
}

void PutDoubleValue(double value, std::string* out) {
  if (value == 0) value = 0;  // -0.0 compares equal and becomes 0.0.
  out->push_back('d');
  char bytes[8];
  std::memcpy(bytes, &value, 8);
  out->append(bytes, 8);
}

// Writes a message, sized afterwards so that nothing is encoded twice.
template <typename Body>
auto PutMessageValue(std::string* out, Body body) {
  out->push_back('m');
  const size_t size_at = out->size();
  PutU32(0, out);
  auto result = body();
  const uint32_t size = static_cast<uint32_t>(out->size() - size_at - 4);
  std::memcpy(out->data() + size_at, &size, 4);
  return result;
}

absl::Status Encode(const Message& message, std::string* out,
                    int skip_number = 0);

// One value; `index` is -1 for a singular field.
absl::Status EncodeValue(const Message& message, const FieldDescriptor& field,
                         int index, std::string* out) {
  const Reflection& reflection = *message.GetReflection();
  const auto put_int = [&](int64_t value) {
    out->push_back('i');
    char bytes[8];
    std::memcpy(bytes, &value, 8);
    out->append(bytes, 8);
    return absl::OkStatus();
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      out->push_back('b');
      out->push_back(reflection.GetBool(message, &field) ? 1 : 0);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_ENUM:
      return put_int(reflection.GetEnumValue(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return put_int(reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put_int(
          static_cast<int64_t>(reflection.GetUInt64(message, &field)));
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double value = reflection.GetDouble(message, &field);
      if (!std::isfinite(value)) {
        return BadRecord(
            absl::StrCat("field '", field.name(), "' is not a finite number"),
            field.name());
      }
      PutDoubleValue(value, out);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      PutStringValue(
          index < 0 ? reflection.GetStringReference(message, &field, &scratch)
                    : reflection.GetRepeatedStringReference(message, &field,
                                                            index, &scratch),
          out);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& inner =
          index < 0 ? reflection.GetMessage(message, &field)
                    : reflection.GetRepeatedMessage(message, &field, index);
      return PutMessageValue(out, [&] { return Encode(inner, out); });
    }
    default:
      return absl::InternalError(
          absl::StrCat("no canonical form for field ", field.full_name()));
  }
}

bool MeansUnset(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    std::string scratch;
    return reflection.GetStringReference(message, &field, &scratch).empty();
  }
  return field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM &&
         reflection.GetEnumValue(message, &field) == 0;
}

absl::Status Encode(const Message& message, std::string* out, int skip_number) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);  // Sorted by number.
  for (const FieldDescriptor* field : fields) {
    if (field->number() == skip_number) continue;
    if (field->is_repeated()) {
      const int count = message.GetReflection()->FieldSize(message, field);
      PutU32(field->number(), out);
      out->push_back('R');
      PutU32(static_cast<uint32_t>(count), out);
      for (int i = 0; i < count; ++i) {
        RETURN_IF_ERROR(EncodeValue(message, *field, i, out));
      }
      continue;
    }
    if (MeansUnset(message, *field)) continue;
    PutU32(field->number(), out);
    RETURN_IF_ERROR(EncodeValue(message, *field, -1, out));
  }
  return absl::OkStatus();
}

// Fields of each kind that make its key, and which of them (and of the
// others) must be there. The [KEY] marks of record.proto in code.
struct KindRule {
  std::vector<absl::string_view> key;
  std::vector<absl::string_view> required;
};

const KindRule* RuleOf(const Descriptor& kind) {
  static const auto* rules = new std::map<std::string, KindRule>{
      {"Organization", {{"name"}, {"name"}}},
      {"Model", {{"name"}, {"name"}}},
      {"Alias", {{"name", "source", "model", "valid_from"}, {"name", "model"}}},
      {"Board", {{"board"}, {"board"}}},
      {"Score",
       {{"board", "category", "method", "model", "configuration",
         "measured_date", "evaluator"},
        {"board", "model", "value"}}},
      {"Vote",
       {{"board", "model_a", "model_b", "outcome", "category", "time", "id"},
        {"board", "model_a", "model_b", "outcome"}}},
      {"Offering", {{"operator", "route"}, {"operator", "route"}}},
      {"Usage",
       {{"subject", "measure", "from", "to"}, {"subject", "measure", "count"}}},
      {"Indicator",
       {{"name", "area", "period", "edition", "figure", "breakdown"},
        {"name", "area", "period", "value"}}},
      {"Licence", {{"id"}, {"id"}}},
      {"Membership", {{"list", "member", "from"}, {"list", "member"}}},
      {"Attestation",
       {{"subject", "scheme", "item", "from"}, {"subject", "scheme"}}},
      {"Group", {{"name"}, {"name", "expression"}}},
      {"Precedence", {{"field"}, {"field", "sources"}}},
      {"MethodOverride",
       {{"source", "stream", "vintage"},
        {"source", "stream", "vintage", "method"}}},
      {"StoredPolicy", {{"id", "version"}, {"id", "text"}}},
  };
  const auto rule = rules->find(kind.name());
  return rule == rules->end() ? nullptr : &rule->second;
}

bool IsSet(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) return reflection.FieldSize(message, &field) > 0;
  return reflection.HasField(message, &field) && !MeansUnset(message, field);
}

absl::Status CheckRequired(const Message& kind, const KindRule& rule) {
  for (const absl::string_view name : rule.required) {
    const FieldDescriptor* field =
        kind.GetDescriptor()->FindFieldByName(std::string(name));
    if (!IsSet(kind, *field)) {
      return BadRecord(absl::StrCat(kind.GetDescriptor()->name(), " has no '",
                                    name, "'; it is required"),
                       name);
    }
  }
  return absl::OkStatus();
}

absl::Status EncodeKey(const Message& kind, int kind_number,
                       const KindRule& rule, std::string* out) {
  PutU32(static_cast<uint32_t>(kind_number), out);
  std::vector<const FieldDescriptor*> fields;
  for (const absl::string_view name : rule.key) {
    fields.push_back(kind.GetDescriptor()->FindFieldByName(std::string(name)));
  }
  std::sort(fields.begin(), fields.end(), [](const auto* a, const auto* b) {
    return a->number() < b->number();
  });
  for (const FieldDescriptor* field : fields) {
    if (!IsSet(kind, *field)) continue;
    PutU32(field->number(), out);
    RETURN_IF_ERROR(EncodeValue(kind, *field, -1, out));
  }
  return absl::OkStatus();
}

RecordHash HashOf(absl::string_view key, absl::string_view content) {
  RecordHash hash;
  const Sha256Digest key_digest = Sha256Of(key);
  std::copy_n(key_digest.begin(), hash.key.size(), hash.key.begin());
  hash.content = Sha256Of(content);
  return hash;
}

absl::Status CheckCounts(const v1::Record& record) {
  if (record.has_score() && record.score().has_rank() &&
      record.score().rank() == 0) {
    return BadRecord("Score 'rank' is counted from 1", "rank");
  }
  if (record.has_vote() && record.vote().has_count() &&
      record.vote().count() == 0) {
    return BadRecord("Vote 'count' is at least 1", "count");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RecordHash> HashRecord(const v1::Record& record) {
  const auto* oneof = v1::Record::descriptor()->FindOneofByName("kind");
  const FieldDescriptor* set =
      record.GetReflection()->GetOneofFieldDescriptor(record, oneof);
  if (set == nullptr) return BadRecord("the record has no kind", "kind");
  const Message& kind = record.GetReflection()->GetMessage(record, set);
  const KindRule& rule = *RuleOf(*kind.GetDescriptor());
  RETURN_IF_ERROR(CheckRequired(kind, rule));
  RETURN_IF_ERROR(CheckCounts(record));
  std::string key, content;
  RETURN_IF_ERROR(EncodeKey(kind, set->number(), rule, &key));
  RETURN_IF_ERROR(Encode(record, &content, v1::Record::kLocatorFieldNumber));
  return HashOf(key, content);
}

absl::StatusOr<RecordHash> HashScore(const v1::Score& score) {
  if (score.board().empty()) {
    return BadRecord("Score has no 'board'; it is required", "board");
  }
  if (score.model().empty()) {
    return BadRecord("Score has no 'model'; it is required", "model");
  }
  if (!score.has_value()) {
    return BadRecord("Score has no 'value'; it is required", "value");
  }
  if (score.has_rank() && score.rank() == 0) {
    return BadRecord("Score 'rank' is counted from 1", "rank");
  }
  thread_local std::string key, content;
  key.clear();
  content.clear();
  PutU32(v1::Record::kScoreFieldNumber, &key);
  PutString(1, score.board(), &key);
  PutString(2, score.category(), &key);
  PutString(3, score.method(), &key);
  PutString(4, score.model(), &key);
  PutString(5, score.configuration(), &key);
  PutString(6, score.measured_date(), &key);
  PutString(7, score.evaluator(), &key);

  absl::string_view not_finite;
  const auto put_double = [&](uint32_t number, absl::string_view name, bool has,
                              double value) {
    if (!has) return;
    if (!std::isfinite(value) && not_finite.empty()) not_finite = name;
    PutU32(number, &content);
    PutDoubleValue(value, &content);
  };
  PutU32(v1::Record::kScoreFieldNumber, &content);
  PutMessageValue(&content, [&] {
    content.append(key, 4, std::string::npos);  // Fields 1 to 7 are the key.
    put_double(8, "value", true, score.value());
    put_double(9, "lower", score.has_lower(), score.lower());
    put_double(10, "upper", score.has_upper(), score.upper());
    put_double(11, "standard_error", score.has_standard_error(),
               score.standard_error());
    if (score.has_votes()) {
      PutInt(12, static_cast<int64_t>(score.votes()), &content);
    }
    if (score.status() != 0) PutInt(13, score.status(), &content);
    if (score.has_rank()) PutInt(14, score.rank(), &content);
    return true;
  });
  if (!not_finite.empty()) {
    return BadRecord(
        absl::StrCat("field '", not_finite, "' is not a finite number"),
        not_finite);
  }
  return HashOf(key, content);
}

size_t ContentDigest::Hasher::operator()(const KeyHash& key) const {
  size_t value;  // Already a cryptographic hash.
  std::memcpy(&value, key.data(), sizeof(value));
  return value;
}

struct ContentDigest::Index {
  absl::flat_hash_map<KeyHash, uint32_t, Hasher> position;
};

ContentDigest::ContentDigest() : index_(std::make_unique<Index>()) {}
ContentDigest::~ContentDigest() = default;

ContentDigest::Added ContentDigest::Add(const RecordHash& hash) {
  const auto [it, inserted] = index_->position.emplace(
      hash.key, static_cast<uint32_t>(entries_.size()));
  if (!inserted) {
    return entries_[it->second].content == hash.content
               ? Added::kEqualDuplicate
               : Added::kConflictingDuplicate;
  }
  entries_.push_back(hash);
  return Added::kNew;
}

std::optional<ContentDigest::Mark> ContentDigest::Compare(
    const RecordHash& other) {
  const auto found = index_->position.find(other.key);
  if (found == index_->position.end()) return std::nullopt;
  marks_.resize(entries_.size(), Mark::kOnlyHere);
  return marks_[found->second] =
             entries_[found->second].content == other.content ? Mark::kSame
                                                              : Mark::kOther;
}

ContentDigest::Mark ContentDigest::MarkOf(const KeyHash& key) const {
  const auto found = index_->position.find(key);
  if (found == index_->position.end() || found->second >= marks_.size()) {
    return Mark::kOnlyHere;
  }
  return marks_[found->second];
}

Sha256Digest ContentDigest::Finish() const {
  std::vector<uint32_t> order(entries_.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return entries_[a].key < entries_[b].key;
  });
  Sha256 hasher;
  const auto update = [&](const auto& bytes) {
    hasher.Update(absl::string_view(reinterpret_cast<const char*>(bytes.data()),
                                    bytes.size()));
  };
  for (const uint32_t i : order) {
    update(entries_[i].key);
    update(entries_[i].content);
  }
  return hasher.Finish();
}

std::string SnapshotDigest(const v1::Snapshot& snapshot) {
  std::string bytes = "meridian.snapshot.v1";
  PutStringValue(snapshot.source(), &bytes);
  PutStringValue(snapshot.stream(), &bytes);
  PutStringValue(snapshot.vintage().date(), &bytes);
  PutInt(1, snapshot.coverage().extent(), &bytes);
  PutInt(2, snapshot.coverage().top(), &bytes);
  PutStringValue(snapshot.content_digest(), &bytes);
  return Sha256Hex(bytes);
}

std::string EvidenceId(absl::string_view snapshot_digest, const KeyHash& key) {
  return absl::StrCat(
      snapshot_digest.substr(0, 16), "/",
      Hex(absl::string_view(reinterpret_cast<const char*>(key.data()), 8)));
}

}  // namespace meridian
