import Files
import Foundation
import TestSupport
import Testing

/// Protects the search for tiles as people run it: what it finds is kept and used, and a damaged file stops nothing.
@Suite("The tune command", .needs(.openCL))
struct TuneTests {
  private static func run(_ arguments: [String], in folder: TemporaryFolder) throws -> Tool.Outcome {
    try Tool.run(arguments, in: folder.path, environment: ["XDG_CACHE_HOME": folder("cache")])
  }

  /// The one file of tiles in the cache.
  private static func file(in folder: TemporaryFolder) throws -> String {
    let names = try FileSystem.names(in: folder("cache/whittle")).filter { $0.hasPrefix("tiles-") }
    #expect(names.count == 1)
    return folder("cache/whittle/" + (try #require(names.first)))
  }

  @Test("what is found is kept, and a plan has it at once")
  func used() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(layers: "[784, 50, 30, 10]")
    let tune = ["tune", config, "--device", "opencl", "--time", "2s"]
    let outcome = try Self.run(tune + ["--json"], in: folder)
    #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let report = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let results = try #require(report["results"] as? [[String: Any]])
    // No layer needs the gradient of the images.
    let passes = [("forward", 3), ("input_gradient", 2), ("weight_gradient", 3)].flatMap {
      [String](repeating: $0.0, count: $0.1)
    }
    #expect(results.map { $0["pass"] as? String } == passes)
    #expect(results.allSatisfy { ($0["ratio"] as? Double ?? 2) <= 1 && $0["fault"] == nil })
    #expect(report["path"] as? String == (try Self.file(in: folder)))
    func planned() throws -> [Substring] {
      let plan = try Self.run(["plan", config, "--device", "opencl"], in: folder)
      #expect(plan.exitCode == 0 && plan.errors.isEmpty, "\(plan.errors)")
      return plan.output.split(separator: "\n").filter { $0.contains("matmul_") }
    }
    let plan = try planned()
    #expect(plan.count == 8 && plan.allSatisfy { $0.contains(/\btuned\b/) }, "\(plan)")
    // Another search adds to what is there; its table is for people.
    let again = try Self.run(tune + ["--set", "training.batch_size=32"], in: folder)
    #expect(again.exitCode == 0 && again.output.contains("other tiles for "), "\(again.errors)")
    #expect(try planned() == plan)
    // The kernels for GPUs have entries of their own.
    #expect(try Self.run(tune + ["--family", "gpu"], in: folder).exitCode == 0)
    let text = try FileSystem.readText(Self.file(in: folder))
    #expect(text.contains("matmul_cpu.cl") && text.contains("matmul_gpu.cl"))
  }

  @Test("a damaged file, a damaged entry and the file of another device are not used, which one line says")
  func damaged() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    #expect(try Self.run(["tune", config, "--device", "opencl", "--time", "1s"], in: folder).exitCode == 0)
    let file = try Self.file(in: folder)
    let text = try FileSystem.readText(file)
    let columns = try #require(text.firstMatch(of: /"columns" : 64/)?.range)
    let cases = [
      ("{", "damaged, and not used"),
      (text.replacing("\"device\" : \"", with: "\"device\" : \"x"), "of another device, driver or version"),
      (text.replacingCharacters(in: columns, with: "\"columns\" : 63"), "1 of 5 entries are damaged"),
      (text.replacing(/"TILE_ROWS" : \d+/, with: "\"TILE_ROWS\" : 9223372036854775807"), "2 of 5 entries"),
    ]
    for (content, message) in cases {
      try AtomicFile.write(content, to: file)
      let plan = try Self.run(["plan", config, "--device", "opencl"], in: folder)
      #expect(plan.exitCode == 0 && plan.errorLines.count == 1, "\(plan.errors)")
      #expect(plan.errors.contains(message), "\(plan.errors)")
    }
  }

  @Test("a search that is stopped keeps what it has found")
  func stopped() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    let outcome = try Tool.run(
      [
        "-c",
        """
        "$0" tune \(config) --device opencl --time 20m &
        until ls cache/whittle/tiles-* >/dev/null 2>&1; do :; done
        kill -TERM $!; wait $!
        """, Tool.path,
      ], in: folder.path, environment: ["XDG_CACHE_HOME": folder("cache")], executable: "/bin/bash")
    #expect(outcome.exitCode == 143, "\(outcome.errors)")
    #expect(outcome.errors.contains("whittle: stopped; what was found for "), "\(outcome.errors)")
    #expect(outcome.output.contains("forward"))
    #expect(try FileSystem.readText(Self.file(in: folder)).contains("\"forward\""))
  }

  @Test(
    "what makes no sense is refused in one line",
    arguments: [
      (["--device", "cpu"], "tune is about OpenCL kernels, and the CPU backend has none"),
      (["--time", "0s"], "The value '0s' is invalid for '--time"),
      (["--time", "nans"], "The value 'nans' is invalid for '--time"),
      (["--time", "2"], "The value '2' is invalid for '--time"),
      (["--family", "tpu"], "The value 'tpu' is invalid for '--family"),
      (["--set", "training.batch_size=3"], "--set training.batch_size=3: give the config whose key it is"),
    ])
  func refused(arguments: [String], message: String) throws {
    let folder = try TemporaryFolder()
    let outcome = try Self.run(["tune"] + arguments, in: folder)
    #expect(outcome.exitCode == 64 && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(try FileSystem.names(in: folder.path).isEmpty)
  }
}
