#include "ingest_service/documents/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::ingest {
namespace {

constexpr size_t kBlock = 64 << 10;

}  // namespace

struct ArchiveReader::State {
  ~State() { archive_read_free(handle); }
  absl::Status Error() const {
    const char* why = archive_error_string(handle);
    return MakeError(
        absl::StatusCode::kInvalidArgument, "BAD_ARCHIVE",
        absl::StrCat(label, ": not a readable tar or zip archive",
                     why == nullptr ? "" : ": ", why == nullptr ? "" : why),
        {{"archive", label}});
  }

  std::string label;
  ::archive* handle = archive_read_new();
};

ArchiveReader::ArchiveReader(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
ArchiveReader::~ArchiveReader() = default;

absl::StatusOr<std::unique_ptr<ArchiveReader>> ArchiveReader::Open(
    const std::string& file, const std::string& label) {
  auto state = std::make_unique<State>();
  state->label = label;
  archive_read_support_filter_all(state->handle);
  archive_read_support_format_tar(state->handle);
  archive_read_support_format_zip(state->handle);
  if (archive_read_open_filename(state->handle, file.c_str(), kBlock) !=
      ARCHIVE_OK) {
    return state->Error();
  }
  return std::unique_ptr<ArchiveReader>(new ArchiveReader(std::move(state)));
}

absl::StatusOr<std::optional<std::string>> ArchiveReader::Next() {
  for (;;) {
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(state_->handle, &entry);
    if (code == ARCHIVE_EOF) return std::nullopt;
    if (code < ARCHIVE_WARN) return state_->Error();
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (name != nullptr && *name != '\0') return std::string(name);
  }
}

DocumentStore::ByteSource ArchiveReader::Read() {
  return [state = state_.get()](size_t most) -> absl::StatusOr<std::string> {
    std::string bytes(most, '\0');
    const la_ssize_t got =
        archive_read_data(state->handle, bytes.data(), bytes.size());
    if (got < 0) return state->Error();
    bytes.resize(static_cast<size_t>(got));
    return bytes;
  };
}

}  // namespace meridian::ingest
