import Reference
import Testing

/// Protects the CPU backend's speed: OpenBLAS must not fall back to kernels for older processors.
@Suite struct OpenBLASTests {
  @Test(
    "an OpenBLAS that does not know its processor is told which kernels that can run",
    arguments: [
      // What OpenBLAS takes by itself; whether the processor has AVX2, AVX-512; what it is told.
      ("Prescott", true, true, "SkylakeX"), ("Core2", true, true, "SkylakeX"),
      ("Nehalem", true, false, "Haswell"), ("Sandybridge", true, false, "Haswell"),
      ("Excavator", true, false, "Haswell"), ("Zen", true, true, "SkylakeX"),
      ("Haswell", true, true, "SkylakeX"),
    ] as [(String, Bool, Bool, String)])
  func lesserCores(own: String, hasAVX2: Bool, hasAVX512: Bool, told: String) {
    #expect(OpenBLAS.core(betterThan: own, hasAVX2: hasAVX2, hasAVX512: hasAVX512) == told)
  }

  @Test(
    "an OpenBLAS whose choice uses the processor is left alone",
    arguments: [
      ("SkylakeX", true, true), ("Cooperlake", true, true), ("Sapphirerapids", true, true),
      ("Haswell", true, false), ("Zen", true, false), ("Nehalem", false, false),
      ("Sandybridge", false, false),
      // Of a later release than is known here, or of another architecture.
      ("Diamondrapids", true, true), ("neoversen1", false, false),
    ] as [(String, Bool, Bool)])
  func goodCores(own: String, hasAVX2: Bool, hasAVX512: Bool) {
    #expect(OpenBLAS.core(betterThan: own, hasAVX2: hasAVX2, hasAVX512: hasAVX512) == nil)
  }
}
