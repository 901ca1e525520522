import CProcessor
import Foundation

/// The system's OpenBLAS, loaded when a CPU backend is first opened.
///
/// It is not linked, since two things must be settled before it starts: its threads take their handling of denormal
/// numbers from the thread that loads it, and it reads which kernels to take from the environment.
package struct OpenBLAS: Sendable {
  /// `cblas_sgemm`: C = alpha op(A) op(B) + beta C.
  typealias Multiply =
    @convention(c) (
      _ order: Int32, _ transposeA: Int32, _ transposeB: Int32, _ m: Int32, _ n: Int32, _ k: Int32,
      _ alpha: Float, _ a: UnsafePointer<Float>?, _ lda: Int32, _ b: UnsafePointer<Float>?, _ ldb: Int32,
      _ beta: Float, _ c: UnsafeMutablePointer<Float>?, _ ldc: Int32
    ) -> Void

  /// The numbers that CBLAS gives to its words.
  static let (rowMajor, plain, transposed): (Int32, Int32, Int32) = (101, 111, 112)

  let multiply: Multiply
  /// `OpenBLAS` and its version.
  let version: String
  /// The processor that the kernels in use were written for, as in `SkylakeX`.
  let core: String
  let threads: Int

  /// The library, with the best kernels that this processor has.
  static let shared = Result<OpenBLAS, OpenBLASMissing> { () throws(OpenBLASMissing) in try load() }

  /// OpenBLAS knows processors by their model numbers, and takes kernels from the time before AVX for one that is newer
  /// than itself. Then it is loaded again and told what to take. A person's own `OPENBLAS_CORETYPE` is followed.
  private static func load() throws(OpenBLASMissing) -> OpenBLAS {
    let library = try Library()
    let variable = "OPENBLAS_CORETYPE"
    guard ProcessInfo.processInfo.environment[variable] == nil,
      let better = core(
        betterThan: library.blas.core, hasAVX2: whittle_has_avx2(), hasAVX512: whittle_has_avx512())
    else { return library.blas }
    library.close()
    setenv(variable, better, 1)
    // What this process starts later chooses for itself.
    defer { unsetenv(variable) }
    return try Library().blas
  }

  /// The core that OpenBLAS should be told to take on a processor with these instructions; nil where its own choice uses
  /// them, or is not known here.
  package static func core(betterThan own: String, hasAVX2: Bool, hasAVX512: Bool) -> String? {
    let own = own.lowercased()
    if hasAVX512, withoutAVX512.contains(own) { return "SkylakeX" }
    if hasAVX2, withoutAVX2.contains(own) { return "Haswell" }
    return nil
  }

  /// The cores of OpenBLAS for x86-64, less those that use AVX-512.
  private static let withoutAVX512 = withoutAVX2.union(["haswell", "zen"])
  private static let withoutAVX2: Set<String> = [
    "katmai", "coppermine", "northwood", "prescott", "banias", "atom", "core2", "penryn", "dunnington",
    "nehalem", "athlon", "opteron", "opteron_sse3", "barcelona", "bobcat", "nano", "sandybridge", "bulldozer",
    "piledriver", "steamroller", "excavator",
  ]

  /// One loading of the shared library, which stays for as long as the process unless it is closed.
  private struct Library {
    let handle: UnsafeMutableRawPointer
    let blas: OpenBLAS

    init() throws(OpenBLASMissing) {
      // Its pool of threads starts here.
      guard let handle = flushingDenormals({ dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL) }) else {
        throw OpenBLASMissing(reason: dlerror().map { String(cString: $0) } ?? "it cannot be loaded")
      }
      func symbol<Function>(_ name: String, as type: Function.Type) throws(OpenBLASMissing) -> Function {
        guard let address = dlsym(handle, name) else { throw OpenBLASMissing(reason: "it has no \(name)") }
        return unsafeBitCast(address, to: type)
      }
      typealias Text = @convention(c) () -> UnsafePointer<CChar>?
      func text(_ name: String) throws(OpenBLASMissing) -> String {
        try symbol(name, as: Text.self)().map { String(cString: $0) } ?? ""
      }
      self.handle = handle
      blas = OpenBLAS(
        multiply: try symbol("cblas_sgemm", as: Multiply.self),
        version: try text("openblas_get_config").split(separator: " ").prefix(2).joined(separator: " "),
        core: try text("openblas_get_corename"),
        threads: Int(
          try symbol("openblas_get_num_threads", as: (@convention(c) () -> Int32).self)()))
    }

    /// Ends the threads; nothing of the library may be used afterwards.
    func close() { dlclose(handle) }
  }
}

/// The CPU backend's library cannot be loaded.
public struct OpenBLASMissing: Error, CustomStringConvertible {
  /// What the loader said.
  public let reason: String

  /// One line: what is missing, why, what to do.
  public var description: String {
    "the CPU backend needs OpenBLAS: \(reason) (Debian and Ubuntu: install libopenblas0)"
  }
}
