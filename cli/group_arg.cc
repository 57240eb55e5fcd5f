#include "cli/group_arg.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

absl::Status BadUsage(absl::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_USAGE", message);
}

bool IsName(absl::string_view text) {
  return !text.empty() && (absl::ascii_isalpha(text[0]) || text[0] == '_') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '-';
         });
}

}  // namespace

absl::StatusOr<GroupArg> ParseGroup(absl::string_view text,
                                    absl::string_view unnamed) {
  if (IsName(text)) return GroupArg{std::string(text), ""};
  const size_t equals = text.find('=');
  const bool named = equals != absl::string_view::npos &&
                     IsName(text.substr(0, equals)) &&
                     text.substr(equals + 1, 1) != "=";
  if (named) {
    return GroupArg{std::string(text.substr(0, equals)),
                    std::string(text.substr(equals + 1))};
  }
  if (unnamed.empty()) {
    return BadUsage(absl::StrCat("--group '", text,
                                 "' has no name; write --group 'NAME=EXPR'"));
  }
  return GroupArg{std::string(unnamed), std::string(text)};
}

absl::StatusOr<std::vector<GroupArg>> GroupsToCompare(
    const std::vector<std::string>& texts, const std::string& a,
    const std::string& b) {
  std::vector<GroupArg> groups;
  if (!a.empty()) {
    ASSIGN_OR_RETURN(GroupArg first, ParseGroup(a, "a"));
    ASSIGN_OR_RETURN(GroupArg second, ParseGroup(b, "b"));
    groups = {first, second};
  }
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(GroupArg group, ParseGroup(text, ""));
    groups.push_back(group);
  }
  if (groups.empty()) {
    for (absl::string_view name :
         absl::StrSplit(MERIDIAN_DEFAULT_GROUPS, ',')) {
      groups.push_back({std::string(name), ""});
    }
  }
  if (groups.size() == 1) {
    return BadUsage(
        "a comparison needs two groups or more: give --group again");
  }
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (groups[i].name == groups[j].name) {
        return BadUsage(absl::StrCat("two groups are called '", groups[i].name,
                                     "'; give them different names"));
      }
    }
  }
  return groups;
}

}  // namespace meridian::cli
