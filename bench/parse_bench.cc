// How fast documents are parsed, beside other readers on the same bytes.
//
// usage: parse_bench FILE.json FILE.csv
//
// Prints JSON: for each reader the median of 7 passes in MB/s.
#include <rapidjson/document.h>
#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "plugins/formats/csv.h"
#include "plugins/json/json.h"

namespace {

std::string ReadFile(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Median MB/s of `pass`, which returns what it found, so that it is not
// optimised away.
double Measure(size_t bytes, const std::function<size_t()>& pass) {
  std::vector<double> seconds;
  size_t found = 0;
  for (int i = 0; i < 7; ++i) {
    const auto began = std::chrono::steady_clock::now();
    found += pass();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began)
            .count());
  }
  if (found == 0) std::fprintf(stderr, "nothing was read\n");
  std::sort(seconds.begin(), seconds.end());
  return static_cast<double>(bytes) / 1e6 / seconds[seconds.size() / 2];
}

size_t CountValues(const meridian::JsonValue& value) {
  size_t count = 1;
  for (const meridian::JsonValue child : value) count += CountValues(child);
  return count;
}

size_t CountValues(const rapidjson::Value& value) {
  size_t count = 1;
  if (value.IsArray()) {
    for (const auto& child : value.GetArray()) count += CountValues(child);
  } else if (value.IsObject()) {
    for (const auto& child : value.GetObject()) {
      count += CountValues(child.value);
    }
  }
  return count;
}

size_t CountValues(simdjson::dom::element value) {
  size_t count = 1;
  if (value.is_array()) {
    for (auto child : simdjson::dom::array(value)) count += CountValues(child);
  } else if (value.is_object()) {
    for (auto child : simdjson::dom::object(value)) {
      count += CountValues(child.value);
    }
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: parse_bench FILE.json FILE.csv\n");
    return 2;
  }
  const std::string json = ReadFile(argv[1]);
  const std::string csv = ReadFile(argv[2]);
  const double ours = Measure(json.size(), [&] {
    const auto document = meridian::JsonDocument::Parse(json, "bench");
    return document.ok() ? CountValues((*document)->root()) : 0;
  });
  const double rapid = Measure(json.size(), [&] {
    rapidjson::Document document;
    document.Parse(json.data(), json.size());
    return CountValues(document);
  });
  simdjson::dom::parser parser;
  const double simd = Measure(
      json.size(), [&] { return CountValues(parser.parse(json).value()); });
  const double table = Measure(csv.size(), [&] {
    size_t at = 0;
    auto reader = *meridian::CsvReader::Create([&] {
      const std::string chunk = csv.substr(at, 256 << 10);
      at += chunk.size();
      return absl::StatusOr<std::string>(chunk);
    });
    meridian::CsvRow row;
    size_t fields = 0;
    while (*reader->Next(&row)) fields += row.fields.size();
    return fields;
  });
  std::printf(
      "{\"json_megabytes\": %.1f, \"csv_megabytes\": %.1f, "
      "\"json_meridian\": %.0f, \"json_rapidjson\": %.0f, "
      "\"json_simdjson_dom\": %.0f, \"csv_meridian\": %.0f}\n",
      static_cast<double>(json.size()) / 1e6,
      static_cast<double>(csv.size()) / 1e6, ours, rapid, simd, table);
  return 0;
}
