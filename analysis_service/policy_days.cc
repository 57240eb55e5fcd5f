#include "analysis_service/policy_days.h"

#include <string>

#include "common/base/status.h"

namespace meridian::analysis {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A date as records write it; nothing when it is none.
void AddFirst(const std::string& text, std::set<Day>* days) {
  const auto date = ParseDate(text);
  if (date.ok()) days->insert(date->first);
}

// The day after the last on which something holds.
void AddAfter(const std::string& text, std::set<Day>* days) {
  const auto date = ParseDate(text);
  if (date.ok()) days->insert(date->last + 1);
}

// Every validity in a message, whatever its kind.
void AddValidities(const Message& message, std::set<Day>* days) {
  std::vector<const FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        AddValidities(reflection->GetMessage(message, field), days);
        continue;
      }
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        AddValidities(reflection->GetRepeatedMessage(message, field, i), days);
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
               !field->is_repeated()) {
      const std::string text = reflection->GetString(message, field);
      if (field->name() == "valid_from" || field->name() == "from") {
        AddFirst(text, days);
      } else if (field->name() == "valid_to" || field->name() == "to") {
        AddAfter(text, days);
      }
    }
  }
}

bool HasValidities(const v1::Record& record) {
  switch (record.kind_case()) {
    case v1::Record::kScore:
    case v1::Record::kVote:
    case v1::Record::kIndicator:
    case v1::Record::kUsage:
    case v1::Record::kBoard:
    case v1::Record::KIND_NOT_SET:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::set<Day> DaysOfCatalog(const Catalog& catalog) {
  std::set<Day> days;
  for (const auto& segment : catalog.segments()) {
    bool speaks = false;
    for (uint32_t row = segment->score_rows(); row < segment->rows(); ++row) {
      const v1::Record& record = segment->record(row);
      if (!HasValidities(record)) continue;
      speaks = true;
      AddValidities(record, &days);
    }
    if (speaks) days.insert(segment->available());
  }
  return days;
}

std::set<Day> DaysOfPolicy(const v1::Policy& policy, const Catalog& catalog) {
  std::set<Day> days;
  AddFirst(policy.valid_from(), &days);
  AddAfter(policy.valid_to(), &days);
  for (const v1::Waiver& waiver : policy.waivers()) {
    AddFirst(waiver.from(), &days);
    AddAfter(waiver.until(), &days);
  }
  if (policy.has_max_age_days()) {
    for (const auto& segment : catalog.segments()) {
      days.insert(segment->available() +
                  static_cast<Day>(policy.max_age_days()) + 1);
      days.insert(segment->vintage().last +
                  static_cast<Day>(policy.max_age_days()) + 1);
    }
  }
  return days;
}

std::set<Day> DaysOfError(const absl::Status& not_in_force) {
  std::set<Day> days;
  for (const auto& [name, value] : GetErrorDetails(not_in_force)) {
    if (name == "valid_from") AddFirst(value, &days);
    if (name == "valid_to") AddAfter(value, &days);
  }
  return days;
}

}  // namespace meridian::analysis
