import Files
import Foundation
import TestSupport
import Testing

/// Protects the cache of format costs: what it holds is of this device, these kernels and these tiles, or measured anew.
@Suite(.needs(.openCL)) struct FormatCostTests {
  @Test("costs are measured once, and anew where asked, where a file is damaged and on other compute units")
  func cache() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config()
    /// Whether costs were measured, with all that was said.
    func plan(_ arguments: String..., environment: [String: String] = [:]) throws -> (Bool, String) {
      let plan = try Tool.run(
        ["plan", config, "--sparsity", "0.5", "--device", "opencl"] + arguments, in: folder.path,
        environment: ["XDG_CACHE_HOME": folder("cache")].merging(environment) { $1 })
      #expect(plan.exitCode == 0, "\(plan.errors)")
      return (plan.errors.contains("measuring what each format costs"), plan.errors)
    }
    func file() throws -> String {
      let names = try FileSystem.names(in: folder("cache/whittle"))
      #expect(names.count == 1)
      return folder("cache/whittle/" + (try #require(names.first)))
    }
    #expect(try plan().0)
    #expect(try !plan().0)
    #expect(try plan("--recalibrate").0)
    try AtomicFile.write("{", to: file())
    let damaged = try plan()
    #expect(damaged.0 && damaged.1.contains("damaged, and not used"))
    let text = String(decoding: try FileSystem.read(file()), as: UTF8.self)
    let dense = try #require(text.range(of: "\"forward\" : "))
    try AtomicFile.write(text.replacingCharacters(in: dense, with: "\"forward\" : -"), to: file())
    let negative = try plan()
    #expect(negative.0 && negative.1.contains("numbers that no measurement gives"))
    try AtomicFile.write(
      text.replacing("\"compute units\" : \"", with: "\"compute units\" : \"7"), to: file())
    #expect(try plan().0)
    // PoCL's other device has one compute unit.
    #expect(try plan("--set", "execution.device=opencl", environment: ["POCL_DEVICES": "basic"]).0)
    #expect(try FileSystem.names(in: folder("cache/whittle")).count == 2)
  }

  @Test("a study whose costs are damaged warns that its runs may now round differently")
  func damagedStudyCosts() throws {
    let folder = try TemporaryFolder()
    let config = try folder.config(epochs: 1, sparsities: "[0.5]")
    func run() throws -> Tool.Outcome {
      try Tool.run(
        ["run", config, "--device", "opencl"], in: folder.path,
        environment: ["XDG_CACHE_HOME": folder("cache")])
    }
    #expect(try run().exitCode == 0)
    try AtomicFile.write("{", to: folder("out/costs.json"))
    let outcome = try run()
    #expect(outcome.exitCode == 0)
    #expect(
      outcome.output.contains("warning: out/costs.json is damaged; runs that go on may now choose"),
      "\(outcome.output)")
  }

  @Test("--recalibrate without a sparsity is a usage error")
  func usage() throws {
    let folder = try TemporaryFolder()
    #expect(try Tool.run(["plan", folder.config(), "--recalibrate"], in: folder.path).exitCode == 64)
  }
}
