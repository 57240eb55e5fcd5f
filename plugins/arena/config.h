// What a source may configure of the plugin.
#ifndef PLUGINS_ARENA_CONFIG_H_
#define PLUGINS_ARENA_CONFIG_H_

#include <optional>
#include <string>
#include <vector>

#include "meridian/v1/record.pb.h"
#include "meridian/v1/source.pb.h"

namespace meridian::arena {

struct ArenaConfig {
  // First part of Score.board: "lmarena" gives "lmarena/text".
  std::string board_prefix = "lmarena";
  // Score.method of the daily pages, which do not state theirs. The site
  // shows style-controlled figures by default since May 2025.
  std::string daily_method = "style_control";
  // Vintage of the model metadata in a history file, basis CONFIG. Unset: the
  // vintage of the document.
  std::optional<v1::Vintage> metadata_vintage;
};

// JSON Schema of the configuration.
extern const char kConfigSchema[];

// Reads a configuration. Problems come in the order of the configuration;
// none: `config` is complete.
std::vector<v1::Problem> ParseConfig(const std::string& config_json,
                                     ArenaConfig* config);

}  // namespace meridian::arena

#endif  // PLUGINS_ARENA_CONFIG_H_
