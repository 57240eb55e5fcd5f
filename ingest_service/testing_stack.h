// The ingest service's parts over a temporary folder, for tests.
#ifndef INGEST_SERVICE_TESTING_STACK_H_
#define INGEST_SERVICE_TESTING_STACK_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest_service/runner.h"

namespace meridian::ingest {

// A folder that goes with the test.
class TestFolder {
 public:
  TestFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "meridian-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file and returns its path.
  std::string Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = Path(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

 private:
  std::string path_;
};

// Log, runs, documents and a runner with the test plugin `hostile` under the
// names of its modes. Closed and opened again it holds what was committed.
class TestStack {
 public:
  explicit TestStack(const TestFolder& folder) : folder_(folder) { Open({}); }

  void Open(std::vector<SourceConfig> sources) {
    Close();
    database = *Database::Open(folder_.Path("meridian.db"));
    log = *RecordLog::Open(*database);
    runs = *RunStore::Open(*database, "2026-01-01T00:00:00Z");
    documents = *DocumentStore::Open(folder_.Path("documents"));
    retrievals = *RetrievalStore::Open(*database);
    http = std::make_unique<HttpClient>(*documents);
    host = *PluginHost::Create({.run_directory = "/tmp"});
    Runner::Options options;
    options.stores = stores();
    options.plugins = folder_.Path("plugins");
    options.plugin.idle_timeout = absl::Seconds(5);
    runner = std::make_unique<Runner>(options, std::move(sources));
  }
  void Close() {
    runner.reset();
    host.reset();
    http.reset();
    retrievals.reset();
    documents.reset();
    runs.reset();
    log.reset();
    database.reset();
  }
  Stores stores() {
    return {log.get(),      runs.get(),       documents.get(), host.get(),
            &Clock::Real(), retrievals.get(), http.get()};
  }

  // The test plugin in one of its modes; "lines" behaves.
  void AddPlugin(const std::string& mode) const {
    std::filesystem::create_directories(folder_.Path("plugins"));
    std::error_code ignored;
    std::filesystem::create_symlink(
        std::string(MERIDIAN_BINARY_DIR) + "/testing_plugins/hostile",
        folder_.Path("plugins/" + mode), ignored);
  }
  // A source `id` of plugin `mode` over the files that match `files`.
  SourceConfig Source(const std::string& id, const std::string& mode,
                      const std::string& files) const {
    AddPlugin(mode);
    SourceConfig source;
    source.id = id;
    source.plugin = mode;
    source.publisher = "Test";
    source.data_licence = "none stated";
    source.config_json = "{}";
    DocumentSpec& spec = source.documents.emplace_back();
    spec.files = folder_.Path(files);
    spec.base = folder_.Path("");
    spec.vintage = "2026-01-02";
    return source;
  }
  // Runs a source to its end.
  v1::Run Run(const std::string& source, bool strict = false) const {
    const auto handle = runner->Start(source, {.strict = strict});
    if (!handle.ok()) {
      ADD_FAILURE() << handle.status();
      return {};
    }
    RunHandle::View view;
    while (!view.ended) {
      view = (*handle)->Wait(view.version, absl::InfiniteFuture());
    }
    return *view.ended;
  }

  std::unique_ptr<Database> database;
  std::unique_ptr<RecordLog> log;
  std::unique_ptr<RunStore> runs;
  std::unique_ptr<DocumentStore> documents;
  std::unique_ptr<RetrievalStore> retrievals;
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<PluginHost> host;
  std::unique_ptr<Runner> runner;

 private:
  const TestFolder& folder_;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_TESTING_STACK_H_
