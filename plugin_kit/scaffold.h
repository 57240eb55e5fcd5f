// `meridian plugin new`: a plugin that works, to be changed.
#ifndef PLUGIN_KIT_SCAFFOLD_H_
#define PLUGIN_KIT_SCAFFOLD_H_

#include <string>

#include "absl/status/statusor.h"

namespace meridian::kit {

// Writes the template of `language` ("cpp" or "python") as FOLDER/ID, with
// `id` in place of @ID@. Returns the new folder. Errors: InvalidArgument
// (BAD_PLUGIN_ID, UNKNOWN_LANGUAGE); AlreadyExists (FOLDER_EXISTS); NotFound
// (NO_SUCH_FILE) when the templates are not installed; CANNOT_WRITE.
absl::StatusOr<std::string> NewPlugin(const std::string& id,
                                      const std::string& language,
                                      const std::string& folder);

}  // namespace meridian::kit

#endif  // PLUGIN_KIT_SCAFFOLD_H_
