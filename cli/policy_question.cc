#include "cli/policy_question.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/commands.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "common/records/record_yaml.h"

namespace meridian::cli {
namespace {

absl::Status BadUsage(absl::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_USAGE", message);
}

absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     absl::string_view what) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    return MakeError(absl::StatusCode::kNotFound, "NO_SUCH_FILE",
                     absl::StrCat("the ", what, " '", path,
                                  "' cannot be read; check the path"));
  }
  return text.str();
}

// A word that no file name of a policy looks like.
bool ReadsAsId(absl::string_view text) {
  for (char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' &&
        c != '_' && c != '@' && c != '.') {
      return false;
    }
  }
  const std::string suffix =
      std::filesystem::path(std::string(text)).extension().string();
  return !text.empty() && suffix != ".yaml" && suffix != ".yml" &&
         suffix != ".textproto" && suffix != ".txtpb";
}

absl::Status SetNumber(absl::string_view key, absl::string_view value,
                       v1::Deployer& deployer) {
  double number = 0;
  if (!absl::SimpleAtod(value, &number) || !(number >= 0)) {
    return BadUsage(
        absl::StrCat("--deployer ", key, "=", value, ": a number from 0 on"));
  }
  if (key == "mau") deployer.set_monthly_active_users(number);
  if (key == "revenue") deployer.set_annual_revenue_usd(number);
  return absl::OkStatus();
}

absl::Status SetFlag(absl::string_view key, absl::string_view value,
                     v1::Deployer& deployer) {
  bool flag = false;
  if (!absl::SimpleAtob(value, &flag)) {
    return BadUsage(
        absl::StrCat("--deployer ", key, "=", value, ": true or false"));
  }
  if (key == "commercial") deployer.set_commercial(flag);
  if (key == "military") deployer.set_military(flag);
  if (key == "critical_infrastructure") {
    deployer.set_critical_infrastructure(flag);
  }
  return absl::OkStatus();
}

absl::Status SetMode(absl::string_view value, v1::Deployer& deployer) {
  v1::DeployMode mode = v1::DEPLOY_MODE_UNSPECIFIED;
  const std::string name =
      absl::StrCat("DEPLOY_MODE_", absl::AsciiStrToUpper(value));
  if (!v1::DeployMode_Parse(name, &mode) ||
      mode == v1::DEPLOY_MODE_UNSPECIFIED) {
    return BadUsage(
        absl::StrCat("--deployer mode=", value, ": api, self_host or either"));
  }
  deployer.set_mode(mode);
  return absl::OkStatus();
}

absl::Status SetKey(absl::string_view text, v1::Deployer& deployer) {
  static const auto* keys = new std::vector<std::string>(
      {"country", "mau", "revenue", "commercial", "military",
       "critical_infrastructure", "sector", "mode"});
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  const std::string& key = parts.first;
  const std::string& value = parts.second;
  if (std::find(keys->begin(), keys->end(), key) == keys->end()) {
    return BadUsage(absl::StrCat("--deployer ", text, ": write KEY=VALUE with ",
                                 absl::StrJoin(*keys, ", "),
                                 DidYouMean(key, *keys)));
  }
  if (value.empty()) {
    return BadUsage(absl::StrCat("--deployer ", text, ": a value is missing"));
  }
  if (key == "country") {
    deployer.set_country(value);
  } else if (key == "sector") {
    deployer.set_sector(value);
  } else if (key == "mode") {
    return SetMode(value, deployer);
  } else if (key == "mau" || key == "revenue") {
    return SetNumber(key, value, deployer);
  } else {
    return SetFlag(key, value, deployer);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::PolicySource> ReadPolicySource(const std::string& path) {
  v1::PolicySource source;
  ASSIGN_OR_RETURN(*source.mutable_text(), ReadFile(path, "policy"));
  source.set_file_name(path);
  return source;
}

absl::StatusOr<v1::PolicyQuestion> QuestionOf(const Invocation& invocation,
                                              const std::string& file) {
  const Args& args = invocation.args;
  v1::PolicyQuestion question;
  *question.mutable_context() = ContextOf(invocation.globals);
  std::error_code ignored;
  if (file.empty()) {
    // A question about all models, without a policy.
  } else if (!std::filesystem::exists(file, ignored) && ReadsAsId(file)) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(file, absl::MaxSplits('@', 1));
    question.mutable_stored()->set_id(parts.first);
    question.mutable_stored()->set_version(parts.second);
  } else {
    ASSIGN_OR_RETURN(*question.mutable_source(), ReadPolicySource(file));
  }
  if (!args.deployer.empty()) {
    ASSIGN_OR_RETURN(*question.mutable_deployer(),
                     ParseDeployer(args.deployer));
  }
  question.set_on(args.day);
  for (const std::string& path : args.evidence) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(path, "own evidence"));
    ASSIGN_OR_RETURN(*question.add_evidence(), ParseOwnEvidence(text, path));
  }
  return question;
}

absl::StatusOr<v1::Deployer> ParseDeployer(
    const std::vector<std::string>& texts) {
  v1::Deployer deployer;
  for (const std::string& text : texts) {
    for (absl::string_view part : absl::StrSplit(text, ',')) {
      RETURN_IF_ERROR(SetKey(part, deployer));
    }
  }
  return deployer;
}

v1::OfferingRef ParseOffering(absl::string_view text) {
  // Routes may have slashes of their own, operators have none.
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  v1::OfferingRef offering;
  offering.set_operator_(parts.first);
  offering.set_route(parts.second);
  return offering;
}

absl::StatusOr<v1::Objective> ParseTask(absl::string_view text) {
  const std::vector<std::string> sides =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  const std::vector<std::string> parts =
      absl::StrSplit(sides.back(), absl::MaxSplits(':', 2));
  if (sides.size() != 2 || sides[0].empty() || parts[0].empty()) {
    return BadUsage(absl::StrCat("--task ", text,
                                 ": write TASK=BOARD[:CATEGORY[:METHOD]]"));
  }
  v1::Objective objective;
  objective.set_task(sides[0]);
  objective.set_board(parts[0]);
  if (parts.size() > 1) objective.set_category(parts[1]);
  if (parts.size() > 2) objective.set_method(parts[2]);
  return objective;
}

}  // namespace meridian::cli
