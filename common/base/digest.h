// SHA-256 and CRC-32C.
#ifndef COMMON_BASE_DIGEST_H_
#define COMMON_BASE_DIGEST_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace meridian {

using Sha256Digest = std::array<uint8_t, 32>;

// Incremental SHA-256 (OpenSSL). Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(absl::string_view bytes);
  // The digest of everything since construction or the last Finish; starts
  // anew.
  Sha256Digest Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The digest of `bytes`.
Sha256Digest Sha256Of(absl::string_view bytes);
// 64 lower-case hex digits.
std::string Sha256Hex(absl::string_view bytes);
// Lower-case hex of any bytes.
std::string Hex(absl::string_view bytes);
std::string Hex(const Sha256Digest& digest);

// CRC-32C (Castagnoli) of `bytes`.
uint32_t Crc32c(absl::string_view bytes);

}  // namespace meridian

#endif  // COMMON_BASE_DIGEST_H_
