// What the readers of all dialects share: the document being read, its
// messages, its snapshots.
#ifndef PLUGINS_ARENA_DOCUMENT_H_
#define PLUGINS_ARENA_DOCUMENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/records/vintage.h"
#include "plugins/arena/config.h"
#include "plugins/json/json.h"
#include "plugins/sdk/source.h"

namespace meridian::arena {

// The category that stands for a whole board.
inline constexpr char kFull[] = "full";

// True when `text` is one or more of a-z, 0-9, '_' and '-'.
bool IsWord(absl::string_view text);

// "a/b/c.json" -> "c.json".
absl::string_view BaseName(absl::string_view path);

// Why `name` cannot name a model: empty or absurdly long. Empty: it can.
std::string CheckName(absl::string_view name);

// Figures of one row, checked.
struct Figures {
  double value = 0;
  std::optional<double> lower;
  std::optional<double> upper;
};
// Why the figures cannot be: not finite, or the interval does not hold the
// value. Empty: they can.
std::string CheckFigures(const Figures& figures);

// A number of a JSON row. Unset and an empty `why`: there is none, or null.
// A `why`: there is something else, or a number that is not finite.
std::optional<double> ReadNumber(const JsonValue& row, absl::string_view name,
                                 std::string* why);

// A model as a document describes it, and where.
struct ModelRow {
  v1::Model model;
  v1::Locator locator;
};

// One document being read.
class ArenaDocument {
 public:
  // All must outlive it.
  ArenaDocument(const v1::DocumentHead& head, const ArenaConfig& config,
                Reader& reader)
      : head_(head), config_(config), reader_(reader) {}

  const ArenaConfig& config() const { return config_; }
  const std::string& path() const { return head_.path(); }
  const v1::Vintage& vintage_hint() const { return head_.vintage_hint(); }

  // Messages begin with the document's path.
  absl::Status Inform(absl::string_view message);
  absl::Status Warn(absl::string_view message);
  absl::Status Reject(const v1::Locator& locator, absl::string_view why,
                      absl::string_view excerpt, absl::string_view stream);
  uint64_t rejected() const { return rejected_; }

  // What a snapshot covers: `whole` unless rows are missing from it because
  // they were rejected; absence from it then means nothing.
  static v1::Coverage CoverageOf(v1::Coverage::Extent whole, size_t rows,
                                 bool has_rejected);

  absl::StatusOr<std::unique_ptr<SnapshotWriter>> Begin(
      absl::string_view stream, const v1::Vintage& vintage,
      const v1::Coverage& coverage);
  // One snapshot of models, coverage SOME. Nothing when there are none.
  absl::Status WriteModels(absl::string_view stream, const v1::Vintage& vintage,
                           const std::vector<ModelRow>& models);

  // InvalidArgument with `reason`, naming the document.
  absl::Status Error(absl::string_view reason, absl::string_view message) const;

 private:
  const v1::DocumentHead& head_;
  const ArenaConfig& config_;
  Reader& reader_;
  uint64_t rejected_ = 0;
};

}  // namespace meridian::arena

#endif  // PLUGINS_ARENA_DOCUMENT_H_
