// The YAML reader under its first address.
#ifndef PLUGINS_FORMATS_YAML_JSON_H_
#define PLUGINS_FORMATS_YAML_JSON_H_

#include "common/yaml/yaml_json.h"

#endif  // PLUGINS_FORMATS_YAML_JSON_H_
