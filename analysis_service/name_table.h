// Names as sources spell them, numbered. Beside identity.h because it is
// written by the follower while answers read it.
#ifndef ANALYSIS_SERVICE_NAME_TABLE_H_
#define ANALYSIS_SERVICE_NAME_TABLE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace meridian::analysis {

// A name as one source spells it; a number of the NameTable.
using NameId = uint32_t;

// Interns (source, name). Append-only and shared by all catalogs of a log:
// numbers never change their meaning. Safe from any thread; reading takes no
// lock. What it returns lives as long as the table.
class NameTable {
 public:
  NameTable();
  // The names of `base` as of now, with the same numbers; what is interned
  // here does not go there.
  explicit NameTable(std::shared_ptr<const NameTable> base);
  ~NameTable();
  NameTable(const NameTable&) = delete;
  NameTable& operator=(const NameTable&) = delete;

  NameId Intern(absl::string_view source, absl::string_view name);
  std::optional<NameId> Find(absl::string_view source,
                             absl::string_view name) const;
  // Of an interned id.
  absl::string_view name(NameId id) const { return *At(id).name; }
  absl::string_view source(NameId id) const { return *At(id).source; }
  size_t size() const;
  uint64_t bytes() const;

 private:
  struct Entry {
    const std::string* source;
    const std::string* name;
  };
  // Chunk k holds 1024 << k entries, so that entries never move.
  static constexpr int kFirstBits = 10;
  static constexpr int kChunks = 22;
  static std::pair<int, size_t> Place(NameId id);
  const Entry& At(NameId id) const;

  const std::shared_ptr<const NameTable> base_;
  const NameId base_size_ = 0;
  std::array<std::atomic<Entry*>, kChunks> chunks_;
  mutable absl::Mutex mu_;
  std::deque<std::string> strings_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<absl::string_view, const std::string*> sources_
      ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::pair<absl::string_view, absl::string_view>, NameId>
      ids_ ABSL_GUARDED_BY(mu_);
  uint64_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_NAME_TABLE_H_
