// A person's address book at the server: listed masked, used last first; read in full to be used.

import type { AddressesView, AddressView, FullAddress } from "@/api/types";
import { type Listing, useListing } from "@/kit/listing";
import { useSignedIn } from "@/kit/signed_in";

export interface AddressBook {
  listing: Listing<AddressView>;
  read(id: string, purpose: "waybill" | "edit"): Promise<FullAddress>;
  remove(id: string): Promise<void>;
}

export function useAddressBook(): AddressBook {
  const { session } = useSignedIn();
  const listing = useListing<AddressView>(async () => {
    const { addresses } = await session.ask<AddressesView>("GET", "/v1/me/addresses");
    return { items: addresses };
  });
  return {
    listing,
    read: (id, purpose) => session.ask<FullAddress>("POST", `/v1/me/addresses/${id}/read`, { body: { purpose } }),
    remove: async (id) => {
      const { addresses } = await session.ask<AddressesView>("DELETE", `/v1/me/addresses/${id}`);
      listing.set(addresses);
    },
  };
}
