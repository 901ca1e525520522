import CProcessor

/// The processor that this process runs on.
package enum HostProcessor {
  /// Its maker, family and model, as in `AuthenticAMD, family 26, model 2`; empty where it does not say, which those other than
  /// x86-64 do not.
  ///
  /// A CPU device's name need not tell: virtual machines on EPYCs of different families are all called `AMD EPYC`.
  package static let model: String = {
    var text = [CChar](repeating: 0, count: 64)
    whittle_processor_model(&text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()
}

extension ComputeDevice {
  /// What `HostProcessor.model` tells of a CPU; empty for other devices.
  package var processor: String { kind == .cpu ? HostProcessor.model : "" }
}
