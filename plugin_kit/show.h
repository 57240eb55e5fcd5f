// What a plugin reads from a document, for its author's eyes.
#ifndef PLUGIN_KIT_SHOW_H_
#define PLUGIN_KIT_SHOW_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "plugin_kit/plugin_folder.h"
#include "plugins/sdk/rules.h"

namespace meridian::kit {

// Every record under the lines that it was read from, every rejected row with
// its reason, every diagnostic; at most `limit` records (0: all) and the count.
void ShowRead(const ReadResult& result,
              const std::vector<KitDocument>& documents, uint32_t limit,
              std::ostream& out);

// Names of models in `result` that the analysis service at `address` cannot
// resolve, with the nearest it knows. Says so when it does not answer.
void ShowUnresolved(const ReadResult& result, const std::string& address,
                    std::ostream& out);

}  // namespace meridian::kit

#endif  // PLUGIN_KIT_SHOW_H_
