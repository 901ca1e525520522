import Foundation
import TestSupport
import Testing

/// The tool on a machine with no OpenCL driver, as a process of its own: the loader reads its folder once.
@Suite struct NoPlatformTests {
  private func whittle(_ arguments: String..., environment: [String: String] = [:]) throws -> Tool.Outcome {
    let folder = try TemporaryFolder()
    return try Tool.run(
      arguments, in: folder.path,
      environment: ["OCL_ICD_VENDORS": folder.path + "/"].merging(environment) { $1 })
  }

  @Test("devices says that there is none, and what auto takes")
  func devices() throws {
    let list = try whittle("devices")
    #expect(list.exitCode == 0)
    #expect(list.output.contains("no OpenCL device is installed"))
    #expect(list.output.contains("auto takes cpu"))
    let json = try whittle("devices", "--json")
    let value = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect((value?["devices"] as? [Any])?.isEmpty == true)
    #expect(value?["auto"] as? String == "cpu")
  }

  @Test("auto runs on the CPU backend")
  func fallsBack() throws {
    let result = try whittle("bench", "inference", "--images", "20", "--rounds", "1", "--json")
    #expect(result.exitCode == 0, "\(result.errors)")
    let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    #expect((value?["device"] as? [String: Any])?["backend"] as? String == "cpu")
  }

  @Test("a device asked for by name is missed with exit code 69", arguments: ["gpu", "opencl", "0:0"])
  func missing(device: String) throws {
    let result = try whittle("verify", "--device", device)
    #expect(result.exitCode == 69)
    #expect(result.errors.contains("no device matches '\(device)'"))
  }

  @Test("what needs kernels says so on the CPU backend, with a usage error")
  func usage() throws {
    let result = try whittle("verify", "--device", "cpu")
    #expect(result.exitCode == 64)
    #expect(result.errors.contains("the CPU backend has none"))
  }

  @Test(
    "WHITTLE_KERNELS is a folder of kernels for every command",
    .needs(.openCL))
  func kernelsFolder() throws {
    // With the drivers that the machine has.
    let result = try whittle(
      "bench", "step", "--device", "opencl", "--rounds", "1",
      environment: [
        "OCL_ICD_VENDORS": ProcessInfo.processInfo.environment["OCL_ICD_VENDORS"] ?? "/etc/OpenCL/vendors/",
        "WHITTLE_KERNELS": "/no/such/folder",
      ])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("kernel file /no/such/folder/"))
  }
}
