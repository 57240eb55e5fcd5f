// Reads tables through the plugin, for tests.
#ifndef PLUGINS_TABLE_TABLE_TESTING_H_
#define PLUGINS_TABLE_TABLE_TESTING_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "plugins/sdk/testing.h"
#include "plugins/table/table_source.h"

namespace meridian::table {

// The configuration of a source with this mapping, as the host gives it.
inline std::string MappingConfig(const std::string& mapping) {
  google::protobuf::Struct config;
  auto& fields = *(*config.mutable_fields())["mapping"]
                      .mutable_struct_value()
                      ->mutable_fields();
  fields["file"].set_string_value("m.yaml");
  fields["text"].set_string_value(mapping);
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(config, &json).ok());
  return json;
}

// Each table is a document "t.csv".
inline absl::StatusOr<testing::ReadResult> ReadTables(
    const std::string& mapping, std::vector<std::string> tables) {
  TableSource source;
  const std::string config = MappingConfig(mapping);
  for (const v1::Problem& problem : source.Check(config)) {
    ADD_FAILURE() << problem.ShortDebugString();
  }
  std::vector<testing::TestDocument> documents;
  for (std::string& bytes : tables) {
    v1::Vintage hint;
    hint.set_date("2025-03-04");
    hint.set_precision(v1::PRECISION_DAY);
    hint.set_basis(v1::VINTAGE_BASIS_PATH);
    documents.push_back({.path = "t.csv",
                         .bytes = std::move(bytes),
                         .vintage_hint = std::move(hint)});
  }
  return testing::ReadDocuments(source, config, std::move(documents));
}

}  // namespace meridian::table

#endif  // PLUGINS_TABLE_TABLE_TESTING_H_
