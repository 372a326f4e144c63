// Writes the seeds that are no text: fuzz_seeds FOLDER makes FOLDER/gguf/… and FOLDER/safetensors/….

#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/core/gguf_writer.h"

namespace {

void write(const std::string& path, const std::string& bytes) {
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) {
        std::fprintf(stderr, "fuzz_seeds: %s cannot be written\n", path.c_str());
        std::exit(2);
    }
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
}

std::string safetensors(const std::string& header) {
    std::string bytes;
    for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
    return bytes + header;
}

}  // namespace

int main(int count, char** values) {
    if (count != 2) return 2;
    const std::string folder = values[1];
    write(folder + "/gguf/llama", small_gguf());
    write(folder + "/gguf/empty", GgufWriter(0, 0).bytes());
    write(folder + "/gguf/version-2",
          GgufWriter(0, 1, 2).entry("general.architecture", "gpt2").bytes());
    write(folder + "/safetensors/two",
          safetensors(
              R"({"__metadata__":{"format":"pt"},"model.embed_tokens.weight":{"dtype":"BF16",)"
              R"("shape":[96,64],"data_offsets":[0,12288]},"lm_head.weight":{"dtype":"F32",)"
              R"("shape":[2,3],"data_offsets":[12288,12312]}})"));
    return 0;
}
