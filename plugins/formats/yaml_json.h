#include "common/yaml/yaml_json.h"
