//! What ends everything that the links mailed to a user still allow.
//!
//! Every link that is mailed names its user and the epoch in which it was made: signed
//! ones in their claims ([`email_verification`](crate::email_verification)), kept ones as
//! a [`verification`](crate::verification). It counts in that epoch alone. Another
//! password, another address, each step towards it, and the end of all sessions begin the
//! next one.

use domain::{Permit, Result, User, ability::Update};
use repositories::UserRepository;
use sea_orm::ConnectionTrait;

use crate::context::Context;

impl Context {
    /// Begins the user's next epoch, in which no link made before counts; the user in it.
    /// The caller holds the user's row
    /// ([`find_locked`](UserRepository::find_locked)) in the transaction of what ends
    /// them. Whatever shuts somebody out, as a ban, has to call it.
    pub(crate) async fn end_authorizations<C: ConnectionTrait>(
        &self,
        db: &C,
        user: User,
    ) -> Result<User> {
        self.verifications.forget(db, &user.id).await?;
        let permit = Permit::system("end-authorizations", Update, user);
        UserRepository::new(db).advance_epoch(permit).await
    }
}
