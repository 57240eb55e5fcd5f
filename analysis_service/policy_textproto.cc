// Policies from the text format of protocol buffers.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analysis_service/policy_source.h"
#include "common/base/suggest.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace meridian::analysis {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

// 'Message type "x" has no field named "y".', with the nearest names.
std::string WithSuggestion(const std::string& message) {
  const std::vector<std::string> quoted = absl::StrSplit(message, '"');
  if (quoted.size() < 5 || quoted[2] != " has no field named ") return message;
  const auto* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
          quoted[1]);
  if (type == nullptr) return message;
  std::vector<std::string> names;
  for (int i = 0; i < type->field_count(); ++i) {
    names.push_back(type->field(i)->name());
  }
  return absl::StrCat("'", quoted[3], "' has no meaning here",
                      DidYouMean(quoted[3], names));
}

class Collector : public google::protobuf::io::ErrorCollector {
 public:
  explicit Collector(std::vector<PolicyProblem>* problems)
      : problems_(problems) {}
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    // From 0; -1 is the end of the text.
    problems_->push_back({"",
                          {static_cast<uint32_t>(line < 0 ? 1 : line + 1),
                           static_cast<uint32_t>(column < 0 ? 1 : column + 1)},
                          WithSuggestion(message)});
  }
  void AddWarning(int line, google::protobuf::io::ColumnNumber column,
                  const std::string& message) override {
    AddError(line, column, message);
  }

 private:
  std::vector<PolicyProblem>* const problems_;
};

void FindPlaces(const Message& message, const std::string& prefix,
                TextFormat::ParseInfoTree& tree, PolicyPlaces* places) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count =
        field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const int index = field->is_repeated() ? i : -1;
      const auto at = tree.GetLocation(field, index);
      const std::string path =
          absl::StrCat(prefix, field->name(),
                       field->is_repeated() ? absl::StrCat("[", i, "]") : "");
      std::string value;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        value = field->is_repeated()
                    ? reflection.GetRepeatedString(message, field, i)
                    : reflection.GetString(message, field);
      }
      places->Set(path,
                  {static_cast<uint32_t>(at.line + 1),
                   static_cast<uint32_t>(at.column + 1)},
                  field->name(), value);
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      const Message& child =
          field->is_repeated()
              ? reflection.GetRepeatedMessage(message, field, i)
              : reflection.GetMessage(message, field);
      auto* below = tree.GetTreeForNested(field, index);
      if (below != nullptr) {
        FindPlaces(child, absl::StrCat(path, "."), *below, places);
      }
    }
  }
}

}  // namespace

PolicyText ReadPolicyTextproto(absl::string_view text, absl::string_view file) {
  PolicyText read;
  read.places = PolicyPlaces(text, file);
  Collector collector(&read.problems);
  TextFormat::ParseInfoTree tree;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&tree);
  parser.SetRecursionLimit(64);
  if (!parser.ParseFromString(std::string(text), &read.policy)) {
    read.is_broken = true;
    if (read.problems.empty()) {
      read.problems.push_back({"", {1, 1}, "not the text format of a Policy"});
    }
    return read;
  }
  FindPlaces(read.policy, "", tree, &read.places);
  return read;
}

}  // namespace meridian::analysis
