import Backends
import Device
import GraphExec
import Testing

/// Protects the tiles that ship: all can be used, and each device is told those of the one most like it.
@Suite struct KnownDevicesTests {
  /// As little as such a device has.
  private struct Processor: DeviceTraits {
    let kind: ComputeDevice.Kind
    let floatWidth: Int
    let computeUnits = 2
    let localMemory = 256 << 10
    let maxWorkGroup = 4096
    let ordersGroups = true
  }

  @Test("every entry of every table is for these kernels, and keeps their constraints")
  func entries() {
    #expect(!KnownDevices.all.isEmpty)
    for device in KnownDevices.all {
      #expect(!device.table.entries.isEmpty, "\(device.name)")
      let traits = Processor(kind: device.kind, floatWidth: device.floatWidth)
      for entry in device.table.entries {
        let config = KernelConfig.choose(for: traits, batchSize: entry.product.columns)
        let fault = config.fault(of: entry, on: traits)
        #expect(fault == nil, "\(device.name), \(entry.product.pass) \(entry.product.sizes): \(fault ?? "")")
      }
    }
  }

  @Test(
    "a platform counts more than a processor, that more than a name, a name more than a number of compute units, and vectors above all"
  )
  func nearest() {
    func device(
      _ name: String, _ platform: String, width: Int = 16, units: Int = 2, processor: String = ""
    ) -> KnownDevice {
      KnownDevice(
        name: "\(name), \(platform)",
        key: [
          "device": name, "platform": platform, "kind": "cpu", "float width": "\(width)",
          "compute units": "\(units)", "processor": processor,
        ], entries: [])
    }
    let known = [
      device("skylake-avx512-AMD EPYC", "PoCL"), device("skylake-avx512-AMD EPYC", "PoCL", units: 64),
      device("AMD EPYC", "Intel"), device("Intel Xeon", "PoCL"), device("AMD Ryzen", "PoCL", width: 8),
      device("AMD EPYC", "PoCL", processor: "AuthenticAMD, family 25"),
      device("AMD EPYC", "PoCL", processor: "AuthenticAMD, family 26, model 2"),
    ]
    func nearest(
      _ name: String, _ platform: String, width: Int = 16, units: Int = 2, processor: String = ""
    ) -> Int? {
      let like = device(name, platform, width: width, units: units, processor: processor)
      return KnownDevices.nearest(to: like, among: known).flatMap { found in
        known.firstIndex { $0 == found }
      }
    }
    #expect(nearest("skylake-avx512-AMD EPYC 9354", "PoCL") == 0)
    #expect(nearest("skylake-avx512-AMD EPYC 9354", "PoCL", units: 32) == 1)
    #expect(nearest("AMD EPYC 9354", "Intel") == 2)
    #expect(nearest("Xeon of another kind", "PoCL") == 3)
    #expect(nearest("AMD EPYC", "PoCL", width: 8) == 4)
    #expect(nearest("AMD EPYC", "PoCL", width: 4) == nil)
    // Virtual machines on processors of different families, all called alike.
    #expect(nearest("AMD EPYC", "PoCL", processor: "AuthenticAMD, family 25, model 17") == 5)
    #expect(nearest("AMD EPYC", "PoCL", processor: "AuthenticAMD, family 26, model 17") == 6)
    #expect(nearest("AMD EPYC", "Intel", processor: "AuthenticAMD, family 26, model 2") == 2)
    #expect(nearest("Xeon of another kind", "PoCL", processor: "GenuineIntel, family 6, model 207") == 3)
  }
}
