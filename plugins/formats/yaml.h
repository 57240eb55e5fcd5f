#include "common/yaml/yaml.h"
