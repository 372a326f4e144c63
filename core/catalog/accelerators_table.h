#pragma once

// Every accelerator, one aligned row each, by vendor and class. A name says what the marketing does not: which of
// the products of that name, and what one device is where a product holds several.
//
//   id         what a set-up names; the memory as sold is part of it
//   name       what people read, without the memory
//   class      datacenter, workstation, consumer or unified (the memory is shared with the host)
//   GB         as sold
//   MiB        what a program can have: the total capacity that PyTorch's out-of-memory messages state, the lowest of
//              those read, where there are some; else the driver's total (nvidia-smi, rocminfo), of which the driver
//              keeps a percent; of unified memory, what the system lets a device have
//   known      reported: read in that driver's published output. assumed: no such reading was found, so GB is read as
//              10^9 bytes, which is below every driver's total; of Apple's, two thirds of the memory
//   GB/s       of its memory, rounded; 0: not stated by a source
//   TFLOPS     bf16, dense, rounded; 0: no bf16 units, or not stated by a source
//   source     of MiB first, then of the other columns

// clang-format off
#define TENSORLEDGER_ACCELERATORS(VENDOR, X) \
    VENDOR("NVIDIA")                                                                                                                                               \
    X("v100-16gb",                   "V100 SXM2",                           "datacenter",   16,  16160, "reported",   900,    0, "nvidia-smi; llmfit")             \
    X("v100-32gb",                   "V100 SXM2",                           "datacenter",   32,  32501, "reported",   900,    0, "torch-oom; llmfit")             \
    X("p100-16gb",                   "P100 PCIe",                           "datacenter",   16,  16280, "reported",   732,    0, "nvidia-smi; whichllm")           \
    X("t4-16gb",                     "T4",                                  "datacenter",   16,  14909, "reported",   320,    0, "torch-oom; llmfit")             \
    X("a100-40gb-pcie",              "A100 PCIe",                           "datacenter",   40,  40335, "reported",  1555,  312, "torch-oom; llm-viewer")         \
    X("a100-40gb-sxm",               "A100 SXM4",                           "datacenter",   40,  40335, "reported",  1555,  312, "torch-oom; llm-viewer")         \
    X("a100-80gb-pcie",              "A100 PCIe",                           "datacenter",   80,  81039, "reported",  1935,  312, "torch-oom; aiconfigurator")     \
    X("a100-80gb-sxm",               "A100 SXM4",                           "datacenter",   80,  81039, "reported",  2039,  312, "torch-oom; aiconfigurator")     \
    X("a800-80gb",                   "A800",                                "datacenter",   80,  81039, "reported",  2039,  312, "torch-oom; llm-viewer")         \
    X("a30-24gb",                    "A30",                                 "datacenter",   24,  24576, "reported",   933,  165, "nvidia-smi; aiconfigurator")     \
    X("a10-24gb",                    "A10",                                 "datacenter",   24,  22558, "reported",   600,    0, "torch-oom; llmfit")             \
    X("a10g-24gb",                   "A10G",                                "datacenter",   24,  22558, "reported",   600,    0, "torch-oom; llmfit")             \
    X("a40-48gb",                    "A40",                                 "datacenter",   48,  45404, "reported",   696,  150, "torch-oom; llm-viewer")         \
    X("a16-16gb",                    "A16 (per GPU)",                       "datacenter",   16,  15356, "reported",     0,    0, "nvidia-smi")                     \
    X("l4-24gb",                     "L4",                                  "datacenter",   24,  22558, "reported",   300,  121, "torch-oom; aiconfigurator")     \
    X("l40-48gb",                    "L40",                                 "datacenter",   48,  45404, "reported",   864,  181, "torch-oom; llm-viewer")         \
    X("l40s-48gb",                   "L40S",                                "datacenter",   48,  45455, "reported",   864,  362, "torch-oom; aiconfigurator")     \
    X("l20-48gb",                    "L20",                                 "datacenter",   48,  46068, "reported",     0,    0, "nvidia-smi")                     \
    X("h100-80gb-pcie",              "H100 PCIe",                           "datacenter",   80,  81039, "reported",  2000,  756, "torch-oom; aiconfigurator")     \
    X("h100-80gb",                   "H100 SXM5",                           "datacenter",   80,  81039, "reported",  3350,  989, "torch-oom; aiconfigurator")     \
    X("h100-94gb-nvl",               "H100 NVL",                            "datacenter",   94,  95830, "reported",     0,    0, "nvidia-smi")                     \
    X("h800-80gb",                   "H800 SXM",                            "datacenter",   80,  81039, "reported",     0,    0, "torch-oom")                     \
    X("h20-96gb",                    "H20",                                 "datacenter",   96,  97871, "reported",     0,    0, "nvidia-smi")                     \
    X("h200-141gb",                  "H200 SXM",                            "datacenter",  141, 143073, "reported",  4800,  989, "torch-oom; aiconfigurator")     \
    X("h200-141gb-nvl",              "H200 NVL",                            "datacenter",  141, 143771, "reported",     0,    0, "nvidia-smi")                     \
    X("gh200-96gb",                  "GH200",                               "datacenter",   96,  97871, "reported",  4000,  989, "nvidia-smi; ml-engineering")     \
    X("gh200-141gb",                 "GH200",                               "datacenter",  141, 134468, "assumed",   4800,  989, "ml-engineering")                 \
    X("b200-180gb",                  "B200 SXM",                            "datacenter",  180, 183359, "reported",  7700, 2250, "nvidia-smi; aiconfigurator")     \
    X("gb200-186gb",                 "GB200 (per GPU)",                     "datacenter",  186, 189471, "reported",  8000, 2500, "aiconfigurator; ml-engineering") \
    X("b300-288gb",                  "B300 SXM",                            "datacenter",  288, 275040, "reported",  7750, 2250, "aiconfigurator; ml-engineering") \
    X("gb300-288gb",                 "GB300 (per GPU)",                     "datacenter",  288, 284208, "reported",  8000, 2500, "aiconfigurator; ml-engineering") \
    X("vr200-288gb",                 "Rubin SXM (VR200, per GPU)",          "datacenter",  288, 274658, "assumed",  22000, 4000, "ml-engineering")                 \
    X("gb10-128gb",                  "GB10 (DGX Spark)",                    "unified",     128, 124549, "reported",   273,    0, "llmfit; whichllm")               \
    X("rtx-pro-6000-blackwell-96gb", "RTX PRO 6000 Blackwell",              "workstation",  96,  97887, "reported",  1792,  468, "nvidia-smi; aiconfigurator")     \
    X("rtx-pro-2000-blackwell-16gb", "RTX PRO 2000 Blackwell",              "workstation",  16,  16311, "reported",     0,    0, "nvidia-smi")                     \
    X("rtx-6000-ada-48gb",           "RTX 6000 Ada",                        "workstation",  48,  48640, "reported",   960,  182, "torch-oom; llmvram")            \
    X("rtx-5880-ada-48gb",           "RTX 5880 Ada",                        "workstation",  48,  49038, "reported",     0,    0, "llmfit")                         \
    X("rtx-5000-ada-32gb",           "RTX 5000 Ada",                        "workstation",  32,  32760, "reported",     0,    0, "nvidia-smi")                     \
    X("rtx-4000-ada-20gb",           "RTX 4000 Ada",                        "workstation",  20,  20470, "reported",     0,    0, "nvidia-smi")                     \
    X("rtx-2000-ada-16gb",           "RTX 2000 Ada",                        "workstation",  16,  16380, "reported",     0,    0, "nvidia-smi")                     \
    X("rtx-a6000-48gb",              "RTX A6000",                           "workstation",  48,  48670, "reported",   768,  155, "torch-oom; llm-viewer")         \
    X("rtx-a5000-24gb",              "RTX A5000",                           "workstation",  24,  24564, "reported",   768,    0, "nvidia-smi; llmfit")             \
    X("rtx-a4000-16gb",              "RTX A4000",                           "workstation",  16,  16376, "reported",   448,    0, "nvidia-smi; llmfit")             \
    X("quadro-rtx-8000-48gb",        "Quadro RTX 8000",                     "workstation",  48,  48601, "reported",     0,    0, "nvidia-smi")                     \
    X("quadro-rtx-5000-16gb",        "Quadro RTX 5000",                     "workstation",  16,  16384, "reported",     0,    0, "gpustack")                       \
    X("rtx-5090-32gb",               "RTX 5090",                            "consumer",     32,  32607, "reported",  1792,    0, "nvidia-smi; whichllm")           \
    X("rtx-5080-16gb",               "RTX 5080",                            "consumer",     16,  16303, "reported",   960,    0, "nvidia-smi; whichllm")           \
    X("rtx-5070-ti-16gb",            "RTX 5070 Ti",                         "consumer",     16,  16303, "reported",   896,    0, "nvidia-smi; whichllm")           \
    X("rtx-5070-12gb",               "RTX 5070",                            "consumer",     12,  12227, "reported",   672,    0, "nvidia-smi; whichllm")           \
    X("rtx-5060-ti-16gb",            "RTX 5060 Ti",                         "consumer",     16,  16311, "reported",   448,    0, "nvidia-smi; whichllm")           \
    X("rtx-5060-8gb",                "RTX 5060",                            "consumer",      8,   8151, "reported",     0,    0, "nvidia-smi")                     \
    X("rtx-4090-24gb",               "RTX 4090",                            "consumer",     24,  24207, "reported",  1008,    0, "torch-oom; whichllm")           \
    X("rtx-4090-d-24gb",             "RTX 4090 D",                          "consumer",     24,  24207, "reported",  1008,    0, "torch-oom; gpustack; whichllm")             \
    X("rtx-4080-super-16gb",         "RTX 4080 SUPER",                      "consumer",     16,  16376, "reported",   736,    0, "nvidia-smi; whichllm")           \
    X("rtx-4080-16gb",               "RTX 4080",                            "consumer",     16,  16376, "reported",   717,    0, "nvidia-smi; whichllm")           \
    X("rtx-4070-ti-super-16gb",      "RTX 4070 Ti SUPER",                   "consumer",     16,  16376, "reported",   672,    0, "nvidia-smi; whichllm")           \
    X("rtx-4070-ti-12gb",            "RTX 4070 Ti",                         "consumer",     12,  12282, "reported",   504,    0, "nvidia-smi; whichllm")           \
    X("rtx-4070-super-12gb",         "RTX 4070 SUPER",                      "consumer",     12,  12282, "reported",   504,    0, "nvidia-smi; whichllm")           \
    X("rtx-4070-12gb",               "RTX 4070",                            "consumer",     12,  12282, "reported",   504,    0, "nvidia-smi; whichllm")           \
    X("rtx-4060-ti-16gb",            "RTX 4060 Ti",                         "consumer",     16,  16380, "reported",   288,    0, "nvidia-smi; whichllm")           \
    X("rtx-4060-ti-8gb",             "RTX 4060 Ti",                         "consumer",      8,   8188, "reported",   288,    0, "nvidia-smi; whichllm")           \
    X("rtx-4060-8gb",                "RTX 4060",                            "consumer",      8,   8188, "reported",   272,    0, "nvidia-smi; whichllm")           \
    X("rtx-3090-ti-24gb",            "RTX 3090 Ti",                         "consumer",     24,  24248, "reported",  1008,    0, "torch-oom; whichllm")           \
    X("rtx-3090-24gb",               "RTX 3090",                            "consumer",     24,  24248, "reported",   936,    0, "torch-oom; whichllm")           \
    X("rtx-3080-ti-12gb",            "RTX 3080 Ti",                         "consumer",     12,  12288, "reported",   912,    0, "gpustack; whichllm")             \
    X("rtx-3080-10gb",               "RTX 3080",                            "consumer",     10,  10240, "reported",   760,    0, "nvidia-smi; whichllm")           \
    X("rtx-3070-ti-8gb",             "RTX 3070 Ti",                         "consumer",      8,   8192, "reported",   608,    0, "device-logs; whichllm")          \
    X("rtx-3070-8gb",                "RTX 3070",                            "consumer",      8,   8192, "reported",   448,    0, "nvidia-smi; whichllm")           \
    X("rtx-3060-ti-8gb",             "RTX 3060 Ti",                         "consumer",      8,   8192, "reported",   448,    0, "device-logs; whichllm")          \
    X("rtx-3060-12gb",               "RTX 3060",                            "consumer",     12,  12288, "reported",   360,    0, "gpustack; whichllm")             \
    X("rtx-2080-ti-11gb",            "RTX 2080 Ti",                         "consumer",     11,  11264, "reported",   616,    0, "nvidia-smi; whichllm")           \
    X("rtx-2080-super-8gb",          "RTX 2080 SUPER",                      "consumer",      8,   8192, "reported",   496,    0, "device-logs; whichllm")          \
    X("rtx-2080-8gb",                "RTX 2080",                            "consumer",      8,   8192, "reported",   448,    0, "llmfit; whichllm")               \
    X("rtx-2070-super-8gb",          "RTX 2070 SUPER",                      "consumer",      8,   8192, "reported",   448,    0, "llmfit; whichllm")               \
    X("rtx-2060-6gb",                "RTX 2060",                            "consumer",      6,   6144, "reported",   336,    0, "device-logs; whichllm")          \
    VENDOR("AMD")                                                                                                                                                  \
    X("mi100-32gb",                  "Instinct MI100",                      "datacenter",   32,  30517, "assumed",   1229,    0, "llmfit")                         \
    X("mi210-64gb",                  "Instinct MI210",                      "datacenter",   64,  65520, "reported",  1638,    0, "device-logs; llmfit")            \
    X("mi250-64gb",                  "Instinct MI250 (one of its 2 GCDs)",  "datacenter",   64,  65520, "reported",  1638,  181, "rocm-smi-160; ml-engineering")   \
    X("mi250x-64gb",                 "Instinct MI250X (one of its 2 GCDs)", "datacenter",   64,  65520, "reported",  1638,  192, "rocm-smi-160; ml-engineering")   \
    X("mi300x-192gb",                "Instinct MI300X",                     "datacenter",  192, 196592, "reported",  5300, 1300, "rocm-4414; ml-engineering")      \
    X("mi325x-256gb",                "Instinct MI325X",                     "datacenter",  256, 262128, "reported",  6000, 1300, "device-logs; ml-engineering")    \
    X("mi350x-288gb",                "Instinct MI350X",                     "datacenter",  288, 274658, "assumed",   8000,    0, "ml-engineering")                 \
    X("mi355x-288gb",                "Instinct MI355X",                     "datacenter",  288, 294896, "reported",  8000, 2500, "device-logs; ml-engineering")    \
    X("mi455x-432gb",                "Instinct MI455X",                     "datacenter",  432, 411987, "assumed",  23300, 5000, "ml-engineering")                 \
    X("rx-9070-xt-16gb",             "Radeon RX 9070 XT",                   "consumer",     16,  15258, "assumed",    640,    0, "whichllm")                       \
    X("rx-9070-16gb",                "Radeon RX 9070",                      "consumer",     16,  15258, "assumed",      0,    0, "whichllm")                       \
    X("rx-9060-xt-16gb",             "Radeon RX 9060 XT",                   "consumer",     16,  15258, "assumed",    320,    0, "whichllm")                       \
    X("radeon-ai-pro-r9700-32gb",    "Radeon AI PRO R9700",                 "workstation",  32,  30517, "assumed",    640,    0, "whichllm")                       \
    X("rx-7900-xtx-24gb",            "Radeon RX 7900 XTX",                  "consumer",     24,  24560, "reported",   960,    0, "device-logs; llmfit")            \
    X("rx-7900-xt-20gb",             "Radeon RX 7900 XT",                   "consumer",     20,  20464, "reported",   800,    0, "llmfit")                         \
    X("rx-7900-gre-16gb",            "Radeon RX 7900 GRE",                  "consumer",     16,  15258, "assumed",    576,    0, "llmfit")                         \
    X("rx-7800-xt-16gb",             "Radeon RX 7800 XT",                   "consumer",     16,  16368, "reported",   624,    0, "gpustack; llmfit")               \
    X("rx-7700-xt-12gb",             "Radeon RX 7700 XT",                   "consumer",     12,  11444, "assumed",    432,    0, "llmfit")                         \
    X("rx-7600-xt-16gb",             "Radeon RX 7600 XT",                   "consumer",     16,  15258, "assumed",    288,    0, "llmfit")                         \
    X("rx-6950-xt-16gb",             "Radeon RX 6950 XT",                   "consumer",     16,  15258, "assumed",    576,    0, "llmfit")                         \
    X("rx-6900-xt-16gb",             "Radeon RX 6900 XT",                   "consumer",     16,  15258, "assumed",    512,    0, "llmfit")                         \
    X("rx-6800-xt-16gb",             "Radeon RX 6800 XT",                   "consumer",     16,  15258, "assumed",    512,    0, "llmfit")                         \
    X("rx-6700-xt-12gb",             "Radeon RX 6700 XT",                   "consumer",     12,  11444, "assumed",    384,    0, "llmfit")                         \
    X("ryzen-ai-max-395-128gb",      "Ryzen AI Max+ 395 (Strix Halo)",      "unified",     128,  65536, "reported",   256,    0, "device-logs; whichllm")          \
    VENDOR("Intel")                                                                                                                                                \
    X("gaudi-2-96gb",                "Gaudi 2",                             "datacenter",   96,  91552, "assumed",   2460,  432, "ml-engineering")                 \
    X("gaudi-3-128gb",               "Gaudi 3",                             "datacenter",  128, 122070, "assumed",   3700, 1677, "ml-engineering")                 \
    X("arc-pro-b60-24gb",            "Arc Pro B60",                         "workstation",  24,  22888, "assumed",    456,   98, "aiconfigurator")                 \
    X("arc-pro-b70-32gb",            "Arc Pro B70",                         "workstation",  32,  32558, "reported",   608,    0, "device-logs; whichllm")          \
    X("arc-b580-12gb",               "Arc B580",                            "consumer",     12,  12216, "reported",     0,    0, "device-logs")                    \
    X("arc-a770-16gb",               "Arc A770",                            "consumer",     16,  15258, "assumed",      0,    0, "llmfit")                         \
    VENDOR("Apple")                                                                                                                                                \
    X("apple-m1-16gb",               "Apple M1",                            "unified",      16,  10922, "reported",    68,    0, "device-logs; whichllm")          \
    X("apple-m1-pro-32gb",           "Apple M1 Pro",                        "unified",      32,  21845, "reported",   200,    0, "gpustack; whichllm")             \
    X("apple-m1-max-64gb",           "Apple M1 Max",                        "unified",      64,  43690, "assumed",    400,    0, "whichllm; llmfit")               \
    X("apple-m1-ultra-128gb",        "Apple M1 Ultra",                      "unified",     128,  87381, "assumed",    800,    0, "whichllm; llmfit")               \
    X("apple-m2-24gb",               "Apple M2",                            "unified",      24,  16384, "reported",   100,    0, "gpustack; whichllm")             \
    X("apple-m2-pro-32gb",           "Apple M2 Pro",                        "unified",      32,  21845, "assumed",    200,    0, "whichllm; llmfit")               \
    X("apple-m2-max-64gb",           "Apple M2 Max",                        "unified",      64,  49152, "reported",   400,    0, "device-logs; whichllm")          \
    X("apple-m2-max-96gb",           "Apple M2 Max",                        "unified",      96,  65536, "assumed",    400,    0, "whichllm; llmfit")               \
    X("apple-m2-ultra-192gb",        "Apple M2 Ultra",                      "unified",     192, 131072, "assumed",    800,    0, "whichllm; llmfit")               \
    X("apple-m3-24gb",               "Apple M3",                            "unified",      24,  16384, "assumed",    100,    0, "whichllm; llmfit")               \
    X("apple-m3-pro-36gb",           "Apple M3 Pro",                        "unified",      36,  24576, "assumed",    150,    0, "whichllm; llmfit")               \
    X("apple-m3-max-36gb",           "Apple M3 Max",                        "unified",      36,  28753, "reported",     0,    0, "device-logs")                    \
    X("apple-m3-max-128gb",          "Apple M3 Max",                        "unified",     128,  98304, "reported",   400,    0, "device-logs; whichllm")          \
    X("apple-m3-ultra-512gb",        "Apple M3 Ultra",                      "unified",     512, 349525, "assumed",    819,    0, "whichllm; llmfit")               \
    X("apple-m4-16gb",               "Apple M4",                            "unified",      16,  12124, "reported",   120,    0, "device-logs; whichllm")          \
    X("apple-m4-32gb",               "Apple M4",                            "unified",      32,  25559, "reported",   120,    0, "device-logs; whichllm")          \
    X("apple-m4-pro-64gb",           "Apple M4 Pro",                        "unified",      64,  43690, "assumed",    273,    0, "whichllm; llmfit")               \
    X("apple-m4-max-128gb",          "Apple M4 Max",                        "unified",     128, 110100, "reported",   546,    0, "device-logs; whichllm")          \
    X("apple-m5-32gb",               "Apple M5",                            "unified",      32,  21845, "assumed",    154,    0, "whichllm; llmfit")               \
    X("apple-m5-pro-24gb",           "Apple M5 Pro",                        "unified",      24,  18186, "reported",   307,    0, "device-logs; whichllm")          \
    X("apple-m5-pro-64gb",           "Apple M5 Pro",                        "unified",      64,  43690, "assumed",    307,    0, "whichllm; llmfit")               \
    X("apple-m5-max-128gb",          "Apple M5 Max",                        "unified",     128, 110100, "reported",   614,    0, "device-logs; whichllm")          \
    VENDOR("Google")                                                                                                                                               \
    X("tpu-v4-32gb",                 "TPU v4",                              "datacenter",   32,  30517, "assumed",   1200,  275, "ml-engineering")                 \
    X("tpu-v5e-16gb",                "TPU v5e",                             "datacenter",   16,  15258, "assumed",    820,  197, "ml-engineering")                 \
    X("tpu-v5p-95gb",                "TPU v5p",                             "datacenter",   95,  90599, "assumed",   2765,  459, "ml-engineering")                 \
    X("tpu-v6e-32gb",                "TPU v6e (Trillium)",                  "datacenter",   32,  30517, "assumed",      0,  918, "ml-engineering")                 \
    X("tpu-v7-192gb",                "TPU v7 (Ironwood, v7x)",              "datacenter",  192, 183105, "assumed",      0, 2307, "ml-engineering")                 \
    VENDOR("AWS")                                                                                                                                                  \
    X("aws-trainium2-96gb",          "AWS Trainium2",                       "datacenter",   96,  91552, "assumed",   2900,  667, "ml-engineering")                 \
    VENDOR("Huawei")                                                                                                                                               \
    X("huawei-ascend-910b-64gb",     "Huawei Ascend 910B",                  "datacenter",   64,  65536, "reported",     0,    0, "gpustack")                       \
    X("huawei-ascend-950dt-96gb",    "Huawei Ascend 950DT",                 "datacenter",   96,  91552, "assumed",   4000,  486, "ml-engineering")

/// Further names of the same row.
#define TENSORLEDGER_ACCELERATOR_ALIASES(X) \
    X("a100-80gb", "a100-80gb-sxm")           \
    X("a100-40gb", "a100-40gb-sxm")           \
    X("h100", "h100-80gb")                    \
    X("h100-80gb-sxm", "h100-80gb")           \
    X("h200", "h200-141gb")                   \
    X("b200", "b200-180gb")                   \
    X("b200-192gb", "b200-180gb")             \
    X("dgx-spark", "gb10-128gb")              \
    X("strix-halo", "ryzen-ai-max-395-128gb")
// clang-format on
