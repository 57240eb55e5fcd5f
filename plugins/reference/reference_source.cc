#include "plugins/reference/reference_source.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "plugins/reference/reference_file.h"

namespace meridian {
namespace {

// "samples/groups.yaml" -> "groups".
absl::string_view Stem(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != absl::string_view::npos) path.remove_prefix(slash + 1);
  const size_t dot = path.rfind('.');
  return dot == 0 ? path : path.substr(0, dot);
}

absl::Status ReadOne(Document& document, const std::string& stream,
                     Reader& reader) {
  ASSIGN_OR_RETURN(const std::string text, document.ReadAll());
  const std::string& path = document.head().path();
  ASSIGN_OR_RETURN(const ReferenceKind kind, KindOfReferenceFile(text, path));
  if (kind == ReferenceKind::kSuite) return absl::OkStatus();
  ReferenceFile file;
  if (kind == ReferenceKind::kPolicy) {
    ASSIGN_OR_RETURN(v1::Record policy, ParsePolicyRecord(text, path));
    file.records.push_back(std::move(policy));
    file.vintage = document.head().vintage_hint();
  } else {
    ASSIGN_OR_RETURN(file, ParseReferenceFile(text, path));
  }
  v1::BeginSnapshot spec;
  spec.set_stream(stream);
  *spec.mutable_vintage() = file.vintage;
  spec.mutable_coverage()->set_extent(v1::Coverage::EXTENT_ALL);
  spec.set_mode(v1::SNAPSHOT_MODE_REPLACES);
  ASSIGN_OR_RETURN(const auto snapshot, reader.BeginSnapshot(std::move(spec)));
  for (v1::Record& record : file.records) {
    RETURN_IF_ERROR(snapshot->Emit(std::move(record)));
  }
  return snapshot->End();
}

}  // namespace

v1::DescribeResponse ReferenceSource::Describe() const {
  v1::DescribeResponse description;
  description.set_id("reference");
  description.set_version("1.0.0");
  description.set_summary(
      "Curated organisations, names, boards, lists, licences and rules of "
      "precedence, each with what it rests on");
  description.add_streams("reference/{file}");
  description.set_config_json_schema(
      R"({"type":"object","additionalProperties":false})");
  description.add_document_kinds("YAML with lists of records by kind");
  description.add_document_kinds("YAML with one policy");
  return description;
}

std::vector<v1::Problem> ReferenceSource::Check(
    const std::string& config_json) const {
  std::vector<v1::Problem> problems;
  google::protobuf::Struct config;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      config_json.empty() ? "{}" : config_json, &config);
  if (!parsed.ok()) {
    problems.emplace_back().set_message("the config is not a JSON object");
    return problems;
  }
  const std::map<std::string, google::protobuf::Value> sorted(
      config.fields().begin(), config.fields().end());
  for (const auto& [key, value] : sorted) {
    v1::Problem& problem = problems.emplace_back();
    problem.set_path(key);
    problem.set_message(absl::StrCat(
        "plugin reference takes no configuration, found '", key, "'"));
    problem.set_fix(absl::StrCat("delete '", key, "'"));
  }
  return problems;
}

absl::Status ReferenceSource::Read(Reader& reader) {
  std::map<std::string, std::string> paths;  // by stream
  while (true) {
    ASSIGN_OR_RETURN(const auto document, reader.NextDocument());
    if (document == nullptr) return absl::OkStatus();
    const std::string& path = document->head().path();
    const std::string stream = absl::StrCat("reference/", Stem(path));
    const auto [other, is_new] = paths.emplace(stream, path);
    if (!is_new) {
      return MakeError(absl::StatusCode::kInvalidArgument, "DUPLICATE_STREAM",
                       absl::StrCat("'", path, "' and '", other->second,
                                    "' are both stream '", stream,
                                    "'; give the files different names"),
                       {{"stream", stream}});
    }
    RETURN_IF_ERROR(ReadOne(*document, stream, reader));
  }
}

}  // namespace meridian
