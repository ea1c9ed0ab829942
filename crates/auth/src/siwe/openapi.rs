//! The module's section of the API reference.

use super::{
    error::{EXPIRED, FAILED, INVALID_NONCE, INVALID_SIGNATURE, MISMATCH, NOT_YET_VALID},
    input::{NonceRequest, SignedMessage},
};
use crate::{
    error_code::{BANNED_USER, SIGN_UP_DISABLED},
    openapi::{ApiResponse, Operation, Schema, Section, Settings, optional, required},
    plugin::Plugin,
};

pub(crate) fn section(settings: &Settings<'_>) -> Section {
    Section::new("Ethereum", "Sign-in with an Ethereum wallet (EIP-4361).")
        .with(nonce())
        .with(nonce().alias("/siwe/get-nonce", "getNonce"))
        .with(verify(settings))
}

fn nonce() -> Operation {
    let nonce = Schema::string().about("The nonce of one message, valid for 15 minutes.");
    Operation::post("/siwe/nonce", "getSiweNonce", "Get nonce")
        .takes::<NonceRequest>(Schema::object([]).closed())
        .responds(ApiResponse::json("The nonce.", Schema::object([required("nonce", nonce)])))
}

fn verify(settings: &Settings<'_>) -> Operation {
    let signs_up = settings.config.signs_up_by(Plugin::Siwe);
    let user = Schema::object([
        required("id", Schema::string()),
        required("walletAddress", Schema::string().about("With its checksum (EIP-55).")),
        required("chainId", Schema::number()),
    ]);
    let answer = Schema::object([
        required("token", Schema::string().about("The token of the session.")),
        required("success", Schema::constant(true)),
        required("user", user),
    ]);
    let email = Schema::email().about("The address of a new user, where the settings require one.");
    Operation::post("/siwe/verify", "verifySiweMessage", "Sign in with Ethereum")
        .takes::<SignedMessage>(
            Schema::object([
                required("message", Schema::string().about("The message (EIP-4361).")),
                required("signature", Schema::string().about("Its signature (EIP-191).")),
                optional("email", email),
            ])
            .closed(),
        )
        .responds(ApiResponse::json("The new session.", answer).signs_in())
        .refuses([MISMATCH, INVALID_NONCE, EXPIRED, NOT_YET_VALID])
        .refuses([INVALID_SIGNATURE, FAILED])
        .refuses([BANNED_USER])
        .refuses_if(!signs_up, [SIGN_UP_DISABLED])
}
