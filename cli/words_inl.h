// Templates of words.h.
#ifndef CLI_WORDS_INL_H_
#define CLI_WORDS_INL_H_

#include <google/protobuf/generated_enum_reflection.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace meridian::cli {

// Removes what the names of all values of the enum begin with.
std::string EnumWordOf(const google::protobuf::EnumDescriptor* type,
                       int number);

template <typename Enum>
std::string EnumWord(Enum value) {
  return EnumWordOf(google::protobuf::GetEnumDescriptor<Enum>(),
                    static_cast<int>(value));
}

template <typename Reasons>
std::string ReasonsText(const Reasons& reasons) {
  std::string text;
  for (const auto reason : reasons) {
    absl::StrAppend(&text, text.empty() ? "" : ", ",
                    EnumWord(static_cast<v1::UnknownReason>(reason)));
  }
  return text;
}

template <typename Strings>
std::string ListText(const Strings& strings) {
  return absl::StrJoin(strings, ", ");
}

}  // namespace meridian::cli

#endif  // CLI_WORDS_INL_H_
