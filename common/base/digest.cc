#include "common/base/digest.h"

#include <openssl/evp.h>

#include "absl/strings/escaping.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif
#include <cstring>

namespace meridian {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
  void Begin() { EVP_DigestInit_ex(context, Method(), nullptr); }
  // Looked up once: OpenSSL 3 takes longer to find a digest by EVP_sha256()
  // than to hash a record.
  static const EVP_MD* Method() {
    static const EVP_MD* method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return method;
  }
};

Sha256::Sha256() : state_(std::make_unique<State>()) { state_->Begin(); }
Sha256::~Sha256() = default;

void Sha256::Update(absl::string_view bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

Sha256Digest Sha256::Finish() {
  Sha256Digest digest;
  unsigned int size = 0;
  EVP_DigestFinal_ex(state_->context, digest.data(), &size);
  state_->Begin();
  return digest;
}

Sha256Digest Sha256Of(absl::string_view bytes) {
  thread_local Sha256 hasher;
  hasher.Update(bytes);
  return hasher.Finish();
}

std::string Sha256Hex(absl::string_view bytes) { return Hex(Sha256Of(bytes)); }

std::string Hex(absl::string_view bytes) {
  return absl::BytesToHexString(bytes);
}

std::string Hex(const Sha256Digest& digest) {
  return Hex(absl::string_view(reinterpret_cast<const char*>(digest.data()),
                               digest.size()));
}

namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // Castagnoli, reflected.

struct Table {
  uint32_t entry[256];
  constexpr Table() : entry() {
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) {
        crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
      }
      entry[i] = crc;
    }
  }
};
constexpr Table kTable;

uint32_t Crc32cPortable(uint32_t crc, absl::string_view bytes) {
  for (const char c : bytes) {
    crc = (crc >> 8) ^ kTable.entry[(crc ^ static_cast<uint8_t>(c)) & 0xff];
  }
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t Crc32cHardware(
    uint32_t crc, absl::string_view bytes) {
  uint64_t wide = crc;
  while (bytes.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    wide = _mm_crc32_u64(wide, word);
    bytes.remove_prefix(8);
  }
  uint32_t narrow = static_cast<uint32_t>(wide);
  for (const char c : bytes) {
    narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(c));
  }
  return narrow;
}
#endif

}  // namespace

uint32_t Crc32c(absl::string_view bytes) {
#if defined(__x86_64__)
  static const bool hardware = __builtin_cpu_supports("sse4.2");
  if (hardware) return ~Crc32cHardware(~0u, bytes);
#endif
  return ~Crc32cPortable(~0u, bytes);
}

}  // namespace meridian
