// Vintages from the dates that documents, paths and headers state.
#ifndef COMMON_RECORDS_VINTAGE_H_
#define COMMON_RECORDS_VINTAGE_H_

#include "absl/strings/string_view.h"
#include "meridian/v1/record.pb.h"

namespace meridian {

// As precise as `date` is written: YYYY, YYYY-MM or YYYY-MM-DD (ParseDate must
// accept it).
v1::Vintage MakeVintage(absl::string_view date, v1::VintageBasis basis);

}  // namespace meridian

#endif  // COMMON_RECORDS_VINTAGE_H_
