#include "ingest_service/plugin_host/host_fixture.h"

#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/records/batch.h"

namespace meridian::ingest::testing {
namespace {

SuppliedDocument FromText(const std::string& path, std::string text) {
  SuppliedDocument document;
  document.head.set_uri(absl::StrCat("file:///", path));
  document.head.set_path(path);
  document.head.mutable_vintage_hint()->set_date("2026-01-02");
  document.head.mutable_vintage_hint()->set_basis(v1::VINTAGE_BASIS_PATH);
  size_t at = 0;
  document.read = [text = std::move(text), at](size_t most) mutable {
    std::string bytes = text.substr(at, most);
    at += bytes.size();
    return absl::StatusOr<std::string>(std::move(bytes));
  };
  return document;
}

// The state letter of a process; 0 when there is none.
char StateOf(int pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::stringstream text;
  text << file.rdbuf();
  const size_t end = text.str().rfind(") ");
  return end == std::string::npos ? '\0' : text.str()[end + 2];
}

}  // namespace

TestDirectory::TestDirectory() {
  char path[] = "/tmp/mhXXXXXX";
  path_ = mkdtemp(path) == nullptr ? "" : path;
}

TestDirectory::~TestDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

PluginOptions Hostile(const std::string& directory, const std::string& mode) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(directory) / "bin";
  fs::create_directories(folder);
  const fs::path program = folder / mode;
  if (!fs::exists(fs::symlink_status(program))) {
    fs::create_symlink(MERIDIAN_BINARY_DIR "/testing_plugins/hostile", program);
  }
  PluginOptions options;
  options.program = program.string();
  options.id = "lines";
  options.stop_timeout = absl::Milliseconds(300);
  return options;
}

absl::StatusOr<std::optional<SuppliedDocument>> TextSupply::Next(uint32_t) {
  if (fail_at == next_) {
    return MakeError(absl::StatusCode::kNotFound, "DOCUMENT_GONE",
                     "document went away");
  }
  if (next_ == texts_.size()) return std::optional<SuppliedDocument>();
  const auto& [path, text] = texts_[next_++];
  return std::optional<SuppliedDocument>(FromText(path, text));
}

absl::StatusOr<SuppliedDocument> TextSupply::Fetch(const v1::Fetch& fetch) {
  if (!can_fetch) return DocumentSupply::Fetch(fetch);
  return FromText(fetch.uri(), absl::StrCat("fetched ", fetch.uri()));
}

absl::Status MemorySink::Begin(const v1::BeginSnapshot& begin) {
  begins.push_back(begin);
  return absl::OkStatus();
}

absl::Status MemorySink::Batch(const v1::RecordBatch& batch) {
  RETURN_IF_ERROR(on_message());
  return ForEachRecord(batch, [&](const v1::Record& record) {
    records.push_back(record);
    return absl::OkStatus();
  });
}

absl::Status MemorySink::Rejected(const v1::Rejected& row) {
  rejected.push_back(row);
  return absl::OkStatus();
}

absl::Status MemorySink::Diagnostic(const v1::Diagnostic& diagnostic) {
  diagnostics.push_back(diagnostic.message());
  return on_message();
}

absl::Status MemorySink::End(const v1::EndSnapshot& end) {
  ends.push_back(end);
  return absl::OkStatus();
}

int ToldProcess(const MemorySink& sink) {
  for (absl::string_view text : sink.diagnostics) {
    int pid = 0;
    if (absl::ConsumePrefix(&text, "pid ") && absl::SimpleAtoi(text, &pid)) {
      return pid;
    }
  }
  return 0;
}

bool IsGone(int pid) {
  const absl::Time deadline = absl::Now() + absl::Seconds(2);
  while (absl::Now() < deadline) {
    const char state = StateOf(pid);
    if (state == '\0' || state == 'Z' || state == 'X') return true;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return false;
}

}  // namespace meridian::ingest::testing
