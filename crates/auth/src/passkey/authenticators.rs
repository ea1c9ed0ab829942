//! The names of authenticators by their model (AAGUID), from the public list
//! `passkey-authenticator-aaguids`. The model is not attested: a name is a label for the user.

/// Models and their names, sorted by model.
const NAMES: &[(&str, &str)] = &[
    ("08987058-cadc-4b81-b6e1-30de50dcbe96", "Windows Hello"),
    ("0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6", "Keeper"),
    ("22248c4c-7a12-46e2-9a41-44291b373a4d", "LogMeOnce"),
    ("2fc0579f-8113-47ea-b116-bb5a8db9202a", "YubiKey 5 Series with NFC"),
    ("39a5647e-1853-446c-a1f6-a79bae9f5bc7", "IDmelon"),
    ("50726f74-6f6e-5061-7373-50726f746f6e", "Proton Pass"),
    ("531126d6-e717-415c-9320-3d9aa6981239", "Dashlane"),
    ("53414d53-554e-4700-0000-000000000000", "Samsung Pass"),
    ("6028b017-b1d4-4c02-b4b3-afcdafc96bb2", "Windows Hello"),
    ("771b48fd-d3d4-4f74-9232-fc157ab0507a", "Edge on Mac"),
    ("891494da-2c90-4d31-a9cd-4eab0aed1309", "Sésame"),
    ("9ddd1817-af5a-4672-a2b9-3e3dd95000a9", "Windows Hello"),
    ("a10c6dd9-465e-4226-8198-c7c44b91c555", "Kaspersky Password Manager"),
    ("a11a5faa-9f32-4b8c-8c5d-2f7d13e8c942", "AliasVault"),
    ("adce0002-35bc-c60a-648b-0b25f1f05503", "Chrome on Mac"),
    ("b35a26b2-8f6e-4697-ab1d-d44db4da28c6", "Zoho Vault"),
    ("b5397666-4885-aa6b-cebf-e52262a439a2", "Chromium Browser"),
    ("b78a0a55-6ef8-d246-a042-ba0f6d55050c", "LastPass"),
    ("b84e4048-15dc-4dd0-8640-f4f60813c8af", "NordPass"),
    ("bada5566-a7aa-401f-bd96-45619a55120d", "1Password"),
    ("bfc748bb-3429-4faa-b9f9-7cfa9f3b76d0", "iPasswords"),
    ("cb69481e-8ff7-4039-93ec-0a2729a154a8", "YubiKey 5 Series"),
    ("d548826e-79b4-db40-a3d8-11116f7e8349", "Bitwarden"),
    ("dd4ec289-e01d-41c9-bb89-70fa845d4bf2", "iCloud Keychain (Managed)"),
    ("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager"),
    ("eaecdef2-1c31-5634-8639-f1cbd9c00a08", "KeePassDX"),
    ("ee882879-721c-4913-9775-3dfcce97072a", "YubiKey 5 Series"),
    ("f3809540-7f14-49c1-a8b3-8f813b225541", "Enpass"),
    ("fa2b99dc-9e39-4257-8f92-4a30d23c4118", "YubiKey 5 Series with NFC"),
    ("fbfc3007-154e-4ecc-8c0b-6e020557d7bd", "Apple Passwords"),
    ("fdb141b2-5d84-443e-8a35-4698c205a502", "KeePassXC"),
];

/// The name of a model, if it is known.
pub(super) fn name(aaguid: &str) -> Option<&'static str> {
    let aaguid = aaguid.trim().to_ascii_lowercase();
    let index = NAMES.binary_search_by(|(known, _)| (*known).cmp(&aaguid)).ok()?;
    NAMES.get(index).map(|(_, name)| *name)
}

/// The UUID of a model, as the table has it.
pub(super) fn uuid(aaguid: [u8; 16]) -> String {
    let hex = format!("{:032x}", u128::from_be_bytes(aaguid));
    let mut text = String::new();
    for (index, digit) in hex.chars().enumerate() {
        if [8, 12, 16, 20].contains(&index) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_models_have_names() {
        assert!(NAMES.is_sorted_by(|(one, _), (next, _)| one < next));
        assert_eq!(name("D548826E-79B4-DB40-A3D8-11116F7E8349"), Some("Bitwarden"));
        assert_eq!(name("00000000-0000-0000-0000-000000000000"), None);
        assert_eq!(name(""), None);
    }

    #[test]
    fn a_model_is_written_as_a_uuid() {
        let mut aaguid = [0; 16];
        assert_eq!(uuid(aaguid), "00000000-0000-0000-0000-000000000000");
        (aaguid[0], aaguid[7], aaguid[15]) = (0xad, 0xce, 0x03);
        assert_eq!(uuid(aaguid), "ad000000-0000-00ce-0000-000000000003");
    }
}
