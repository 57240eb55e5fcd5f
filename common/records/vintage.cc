#include "common/records/vintage.h"

#include <string>

namespace meridian {

v1::Vintage MakeVintage(absl::string_view date, v1::VintageBasis basis) {
  v1::Vintage vintage;
  vintage.set_date(std::string(date));
  vintage.set_precision(date.size() == 4   ? v1::PRECISION_YEAR
                        : date.size() == 7 ? v1::PRECISION_MONTH
                                           : v1::PRECISION_DAY);
  vintage.set_basis(basis);
  return vintage;
}

}  // namespace meridian
