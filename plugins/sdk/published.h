// The publishers' own files, for tests that read them where they are; they are
// no part of this repository.
#ifndef PLUGINS_SDK_PUBLISHED_H_
#define PLUGINS_SDK_PUBLISHED_H_

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "common/records/vintage.h"
#include "plugins/sdk/testing.h"

namespace meridian::testing {

// A document of a test, its vintage hint `date` of basis PATH.
inline TestDocument MakeDocument(std::string path, std::string bytes,
                                 const std::string& date = "2026-01-02") {
  TestDocument document;
  document.path = std::move(path);
  document.bytes = std::move(bytes);
  document.vintage_hint = MakeVintage(date, v1::VINTAGE_BASIS_PATH);
  return document;
}

inline std::filesystem::path PublishedFolder(const std::string& name) {
  return std::filesystem::path(MERIDIAN_SOURCE_DIR "/../shared/data") / name;
}

// All files beneath a folder whose name ends so, by path.
inline std::vector<TestDocument> PublishedDocuments(const std::string& folder,
                                                    const std::string& ending,
                                                    const std::string& date) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(PublishedFolder(folder))) {
    if (entry.is_regular_file() && entry.path().string().ends_with(ending)) {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<TestDocument> documents;
  for (const auto& path : paths) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    documents.push_back(MakeDocument(path.string(), text.str(), date));
  }
  return documents;
}

inline size_t CountRecords(const ReadResult& result) {
  size_t count = 0;
  for (const ReadSnapshot& snapshot : result.snapshots) {
    count += snapshot.records.size();
  }
  return count;
}

}  // namespace meridian::testing

#endif  // PLUGINS_SDK_PUBLISHED_H_
