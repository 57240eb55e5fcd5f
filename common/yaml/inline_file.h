// Files that a plugin's configuration names. Their contents go in their place,
// so that plugins need no access to files.
#ifndef COMMON_YAML_INLINE_FILE_H_
#define COMMON_YAML_INLINE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "common/yaml/yaml.h"

namespace meridian {

// Whether an entry of `config:` names a file: its key is `mapping` or ends in
// `_file`, and its value is a scalar.
bool NamesFile(const YamlValue& entry);

// Makes such an entry {"file": NAME, "text": CONTENTS}; a relative path is
// beside `folder`. Errors: NotFound (NO_SUCH_FILE).
absl::Status InlineFile(const std::string& folder, YamlValue* entry);

}  // namespace meridian

#endif  // COMMON_YAML_INLINE_FILE_H_
