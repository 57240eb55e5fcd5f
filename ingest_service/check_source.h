// The named checks of a source: whether it can be run, without reading it.
#ifndef INGEST_SERVICE_CHECK_SOURCE_H_
#define INGEST_SERVICE_CHECK_SOURCE_H_

#include "ingest_service/plugin_host/plugin_host.h"
#include "ingest_service/source_config.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::ingest {

// Does the checks that CheckSourceResponse.checks lists and fills in what they
// found. Starts the plugin twice; fetches nothing.
void CheckSource(const SourceConfig& source, const PluginOptions& plugin,
                 PluginHost& host, v1::CheckSourceResponse* response);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_CHECK_SOURCE_H_
