// Catalogue files leaderboard-<board>[-style-control].json: category -> model
// -> {rating, rating_q025, rating_q975}, or model -> {...} without category.
#ifndef PLUGINS_ARENA_CATALOGUE_H_
#define PLUGINS_ARENA_CATALOGUE_H_

#include "absl/status/status.h"
#include "plugins/arena/document.h"
#include "plugins/json/json.h"

namespace meridian::arena {

// Whether a document has this shape: somewhere a rating where ratings stand.
bool IsCatalogue(const JsonValue& root);

// One snapshot, stream "<board>/<method>", vintage as hinted, coverage ALL.
// Board and method are those of the file name; "data" is the older name of
// board text. Errors: InvalidArgument (UNKNOWN_BOARD) when the name does not
// tell the board; EMPTY_DOCUMENT when no row can be read.
absl::Status ReadCatalogue(const JsonValue& root, ArenaDocument& document);

}  // namespace meridian::arena

#endif  // PLUGINS_ARENA_CATALOGUE_H_
