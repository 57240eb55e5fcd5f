// The leaderboard tables of 2023 to 2025: one CSV per date with figures of
// several benchmarks side by side and what the publisher says of each model.
#ifndef PLUGINS_ARENA_TABLES_H_
#define PLUGINS_ARENA_TABLES_H_

#include "absl/status/status.h"
#include "plugins/arena/document.h"
#include "plugins/formats/csv.h"

namespace meridian::arena {

// Whether the header is that of a leaderboard table, in any of its variants.
bool IsTable(const CsvReader& csv);

// Emits a snapshot for each figure that the table has a column for, and one of
// the models.
absl::Status ReadTable(CsvReader& csv, ArenaDocument& document);

}  // namespace meridian::arena

#endif  // PLUGINS_ARENA_TABLES_H_
